// Drives the layer 2 session in its thread: the kernel's news, frames, timers and wishes become events; effects become
// frames, group memberships and reports. Decides nothing.
import type { L2Config } from '../l2/claim.ts'
import { exclusionOf } from '../l2/link.ts'
import type { Exclusion, Link } from '../l2/link.ts'
import { newSession } from '../l2/session.ts'
import type { Effect, Event, Session, WallMicros } from '../l2/session.ts'
import { step } from '../l2/step.ts'
import { ArpIgnore } from './arp-ignore.ts'
import { Captures } from './captures.ts'
import { GroupChanges } from './group-changes.ts'
import type { Journal } from './journal.ts'
import type { LogLine, Report } from './l2-messages.ts'
import type { CapturedFrame } from './libpcap.ts'
import { linksOf } from './link-table.ts'
import { LinkFollower } from './netlink.ts'
import { PendingYields } from './pending-yields.ts'
import { ReportTimer } from './report-timer.ts'
import { Reporter } from './reporter.ts'

export type DriverOptions = {
  readonly onReport: (report: Report) => void
  readonly onHandedOver: (id: number) => void
  readonly onLog: (line: LogLine) => void
  readonly journal?: Journal
}

/**
 * When the first announcement of each address went out, by link. The owner before us is silent from the moment that he
 * hears it, so it is the kernel's moment that counts: a later one, and who asks in between is answered by nobody.
 */
type FirstFrames = Map<number, Map<string, WallMicros>>

/** The loop's delay is measured, and told, this often: the only timer of an idle node. */
const heartbeatMs = 1000
/**
 * A question that waited so long while the thread stood still is not answered: the address may have another owner since
 * then, whose announcement waits behind it, and a client would believe the answer that comes last. Hosts ask every second.
 */
const lateMs = 1000
/** A capture that failed though its interface is up is tried again. */
const retryMs = 1000

export class L2Driver {
  private session: Session = newSession()
  private readonly options: DriverOptions
  private readonly arpIgnore = new ArpIgnore()
  private readonly captures: Captures
  private readonly groups: GroupChanges
  private readonly reporter = new Reporter()
  private readonly reports = new ReportTimer(() => this.report())
  private readonly follower: LinkFollower
  private readonly yields: PendingYields
  private readonly heartbeat: NodeJS.Timeout
  private links: readonly Link[] | undefined // as rtnetlink told them last
  private linksText = ''
  private wakeTimer: NodeJS.Timeout | undefined
  private retryTimer: NodeJS.Timeout | undefined
  private loopLagMs = 0
  private failedAt = Number.NEGATIVE_INFINITY // the last capture
  private isClosed = false
  private beatAt = performance.now()

  constructor(options: DriverOptions) {
    this.options = options
    this.yields = new PendingYields(options.onHandedOver)
    this.groups = new GroupChanges(({ link, group }, error) => {
      this.log('warn', 'group not joined', { interface: this.nameOf(link), group, error: messageOf(error) })
    })
    this.captures = new Captures({
      onFrame: (link, captured) => this.onFrame(link, captured),
      onFailed: (link, error) => this.onCaptureFailed(link, error),
    })
    this.follower = new LinkFollower({
      onTable: (table) => this.onLinks(linksOf(table)),
      onError: (error) => this.die(error),
    })
    this.heartbeat = setInterval(() => this.beat(), heartbeatMs)
  }

  apply(config: L2Config): void {
    this.warnOfInvalid(exclusionOf(config.interfacesToExclude))
    this.feed({ type: 'configured', config })
    this.followLinks()
  }

  /** `id` comes back by onHandedOver when all of them are handed over, or the time is up. */
  yield(id: number, addresses: readonly string[], withinMs: number): void {
    this.yields.begin(id, addresses, withinMs)
    this.feed({ type: 'yield', addresses, deadline: nowMillis() + withinMs })
    this.yields.settleEmpty()
  }

  announceAnew(addresses: readonly string[]): void {
    this.feed({ type: 'announce-anew', addresses })
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const timer of [this.wakeTimer, this.retryTimer, this.heartbeat]) clearTimeout(timer)
    this.reports.close()
    this.yields.close()
    this.follower.close()
    this.captures.closeAll()
    this.groups.close()
    this.options.journal?.close()
  }

  /** The thread ends, and is started again. Thrown from the loop: what a poll callback throws goes nowhere. */
  private die(error: unknown): void {
    setImmediate(() => {
      throw error
    })
  }

  private warnOfInvalid({ invalid }: Exclusion): void {
    for (const pattern of invalid) this.log('warn', 'interface pattern is no regular expression', { pattern })
  }

  private onLinks(links: readonly Link[]): void {
    this.links = links
    this.followLinks()
  }

  /** Captures first: a claim is placed on a link once frames can be sent there. */
  private followLinks(): void {
    if (this.links === undefined || this.session.config.generation < 0) return // one of the two is not known yet
    this.tellLinks(this.captures.follow(this.links, this.session.exclusion))
    this.readArpIgnore()
    if (this.captures.failed > 0) this.retryTimer ??= setTimeout(() => this.retry(), retryMs)
  }

  private tellLinks(described: readonly Link[]): void {
    const links = described.map((link) => this.arpIgnore.writtenOn(link))
    const text = JSON.stringify(links)
    if (text === this.linksText) return
    this.linksText = text
    this.feed({ type: 'interfaces', links })
  }

  private readArpIgnore(): void {
    if (this.arpIgnore.read(this.session)) this.tellLinks(this.captures.described(this.links ?? []))
  }

  private retry(): void {
    this.retryTimer = undefined
    this.followLinks()
  }

  /**
   * Its interface flapped, perhaps too quickly for rtnetlink to tell: whoever is behind it is told again, once it is
   * open again. That is tried at once, but not in a circle.
   */
  private onCaptureFailed(index: number, error: string): void {
    this.log('warn', 'capture closed', { interface: this.nameOf(index), error })
    this.tellLinks(this.captures.described(this.links ?? []))
    const now = performance.now()
    const isFirst = now - this.failedAt > retryMs
    this.failedAt = now
    this.retryTimer ??= setTimeout(() => this.retry(), isFirst ? 0 : retryMs)
  }

  private onFrame(link: number, { frame, capturedAt }: CapturedFrame): void {
    this.feed({
      type: 'frame',
      link,
      capturedAt,
      ...(this.isLate(capturedAt) ? { isLate: true } : {}),
      frame,
    })
  }

  /** By both clocks: one that was set, or stamps frames wrongly, makes nobody silent for longer than a heartbeat. */
  private isLate(capturedAt: WallMicros): boolean {
    const stoodStillMs = Math.max(this.loopLagMs, performance.now() - this.beatAt - heartbeatMs)
    return stoodStillMs > lateMs && Date.now() - capturedAt / 1000 > lateMs
  }

  /** One event and all that follows from it; what is due by then goes out without waiting for a timer. */
  private feed(event: Event): void {
    this.takeStep(event)
    while (this.session.wakeAt !== undefined && this.session.wakeAt <= performance.now())
      this.takeStep({ type: 'wake' })
  }

  private takeStep(event: Event): void {
    const now = nowMillis()
    const next = step(this.session, event, now)
    this.session = next.session
    this.options.journal?.write({ event, effects: next.effects, now, links: this.session.links })
    const onTheWire: FirstFrames = new Map()
    for (const effect of next.effects) this.carryOut(effect, onTheWire)
    for (const [link, addresses] of onTheWire)
      for (const [address, at] of addresses)
        this.takeStep({ type: 'announced', link, addresses: [address], at })
  }

  private carryOut(effect: Effect, onTheWire: FirstFrames): void {
    switch (effect.type) {
      case 'answer':
        return this.answer(effect)
      case 'announce':
        return this.announce(effect, onTheWire)
      case 'probe':
        if (!this.captures.inject(effect.link, effect.frame)) this.reporter.drop('not-sent')
        return
      case 'wake-at':
        return this.wakeAt(effect.at)
      case 'join':
      case 'leave':
        return this.groups.add(effect)
      case 'ignore':
        this.reporter.drop(effect.reason)
        if (effect.address !== undefined) this.reporter.count(effect.address, 'requestsReceived')
        return this.reports.ask()
      case 'yielded':
        return this.yielded(effect)
      case 'report':
        return this.reports.askUrgently(this.session.claims.length)
    }
  }

  private answer({ link, address, frame }: Extract<Effect, { type: 'answer' }>): void {
    this.reporter.count(address, 'requestsReceived')
    if (this.captures.inject(link, frame)) this.reporter.count(address, 'responsesSent')
    else this.reporter.drop('not-sent')
    this.reports.ask()
  }

  private announce(
    { link, address, first, frame }: Extract<Effect, { type: 'announce' }>,
    onTheWire: FirstFrames,
  ): void {
    const at = first ? this.captures.injectAt(link, frame) : this.captures.inject(link, frame)
    if (at === false) return this.reporter.drop('not-sent')
    this.reporter.count(address, 'gratuitousSent')
    this.reports.ask()
    if (at === true) return // it had gone out before
    const ofLink = onTheWire.get(link) ?? new Map<string, number>()
    onTheWire.set(link, ofLink)
    if (!ofLink.has(address)) ofLink.set(address, at)
  }

  private wakeAt(at: number): void {
    clearTimeout(this.wakeTimer)
    this.wakeTimer = setTimeout(
      () => this.feed({ type: 'wake' }),
      Math.max(0, Math.ceil(at - performance.now())),
    )
  }

  private yielded({ address, to }: Extract<Effect, { type: 'yielded' }>): void {
    this.log('info', 'address handed over', { address, to: to ?? 'nobody' })
    this.yields.handedOver(address)
  }

  private report(): void {
    this.reports.reported()
    this.options.onReport(this.reporter.take(this.session, this.loopLagMs))
  }

  private beat(): void {
    const now = performance.now()
    this.loopLagMs = Math.max(0, Math.round((now - this.beatAt - heartbeatMs) * 10) / 10)
    this.beatAt = now
    this.readArpIgnore()
    this.report()
  }

  private nameOf(link: number): string {
    return this.session.links.get(link)?.name ?? String(link)
  }

  private log(level: LogLine['level'], message: string, fields: LogLine['fields']): void {
    this.options.onLog({ level, message, fields })
  }
}

/** In whole microseconds, so that a replayed journal has the same clock. */
function nowMillis(): number {
  return Math.round(performance.now() * 1000) / 1000
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

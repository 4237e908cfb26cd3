// What the lab shows, step by step, on real parts; each step says what was measured.
import { until } from '../../test/support/until.ts'
import { digList, digText } from '../../test/support/dig.ts'
import { rounded } from './figures.ts'
import { residentMb } from './herald.ts'
import type { Lab } from './lab.ts'
import { nodeWithMac } from './lab.ts'
import type { CreationFigures, KillFigures, PlannedFigures, PowerFigures, Target } from './measure.ts'
import { measureCreation, measureKill, measurePlannedMove, measurePowerLoss, settle } from './measure.ts'
import type { NodeName } from './names.ts'
import { namespaceName, poolRanges } from './names.ts'
import { createBackends, createPool, serviceObject, servicesPath } from './objects.ts'
import { run } from './shell.ts'
import { heraldBundle } from './state.ts'
import type { Telling } from './telling.ts'

/** The line that `--once --json` ends with. */
export type StoryFigures = CreationFigures & {
  readonly owner: NodeName
  readonly failoverMs: number
  readonly failoverV6Ms: number
  readonly newOwner: NodeName
  readonly killSilenceMs: number
  readonly plannedMoveLost: number
  readonly plannedMoveLostWithoutNeed: number
  readonly plannedSilenceMs: number
  readonly plannedDoubleAnswers: number
  readonly speakerRssMb: number
  readonly controllerRssMb: number
}

export async function tellStory(lab: Lab, tell: Telling): Promise<StoryFigures> {
  const { figures, target } = await tellOfCreation(lab, tell)
  await tellOfClient(lab, tell, target)
  await tellOfTrouble(lab, tell)
  const planned = await tellOfPlannedMove(lab, tell, target)
  const kill = await tellOfKill(lab, tell, target)
  const power = await tellOfPowerLoss(lab, tell, target)
  const memory = await tellOfMemory(lab, tell)
  return assembled({ figures, target, planned, kill, power, memory })
}

async function tellOfCreation(lab: Lab, tell: Telling) {
  tell.heading(`a pool for the LAN: ${poolRanges.join(', ')}`)
  await createPool(lab.api)
  tell.line('one backend on each node')
  await createBackends(lab.api)
  tell.heading('a Service of type LoadBalancer, dual stack')
  const { figures, target } = await measureCreation(lab, 'web')
  tell.line(
    `addresses after ${rounded(figures.allocateMs)} ms (the API server's watch): ${target.IPv4}, ${target.IPv6}`,
  )
  tell.line(`announced after ${rounded(figures.announceMs)} ms (the client heard it), by ${target.owner}`)
  tell.line(
    `first HTTP answer after ${rounded(figures.firstReplyMs)} ms by IPv4, ${rounded(figures.firstReplyV6Ms)} ms by IPv6`,
  )
  tell.block(await lab.kubectl(['get', 'service', 'web', '-o', 'wide']))
  tell.block(await lab.kubectl(['-n', 'metallb-system', 'get', 'ipaddresspools,servicel2statuses']))
  return { figures, target }
}

// The client's own kernel resolved the addresses to ask; its cache says to whom.
async function tellOfClient(lab: Lab, tell: Telling, target: Target): Promise<void> {
  tell.heading('the client on the LAN: whom its kernel asks by ARP and NDP, and who answers HTTP')
  const neighbours = await run('ip', [
    '-netns',
    namespaceName(lab.id, 'client'),
    'neigh',
    'show',
    'dev',
    'eth0',
  ])
  for (const address of [target.IPv4, target.IPv6]) {
    const mac = neighbours
      .split('\n')
      .find((row) => row.startsWith(`${address} `))
      ?.match(/lladdr (\S+)/)?.[1]
    const node = mac === undefined ? undefined : await nodeWithMac(lab.id, mac)
    const reply = await lab.client.firstReply(address, 80, 5_000)
    tell.line(
      `${address} is at ${mac ?? 'nobody'} (${node ?? 'no node'}); HTTP: pod ${reply.pod} on ${reply.node}`,
    )
  }
}

async function tellOfTrouble(lab: Lab, tell: Telling): Promise<void> {
  tell.heading('a Service that asks for 203.0.113.7, an address outside every pool')
  const annotations = { 'metallb.io/loadBalancerIPs': '203.0.113.7' }
  const spec = { ipFamilyPolicy: 'SingleStack' }
  await lab.api.create(servicesPath, serviceObject({ name: 'outside', annotations, spec }))
  await until('it is told why', async () => {
    const service = await lab.api.get(`${servicesPath}/outside`)
    return digList(service, 'status', 'conditions').find((one) => digText(one, 'status') === 'False')
  })
  tell.line('kubectl describe service outside')
  tell.block(await describedEvents(lab))
  tell.line('herald explain service default/outside')
  tell.block(await herald(lab, ['explain', 'service', 'default/outside']))
}

// An event follows its condition.
function describedEvents(lab: Lab): Promise<string> {
  return until('kubectl describe shows the event', async () => {
    const text = await lab.kubectl(['describe', 'service', 'outside'])
    const events = text.slice(text.indexOf('Events:'))
    return events.includes('<none>') ? undefined : events
  })
}

/** The text of the command; code 1 says that the thing asked about is not well, which here it is not. */
export function herald(lab: Lab, args: readonly string[]): Promise<string> {
  const script = '"$@" || test $? -eq 1'
  const command = [process.execPath, heraldBundle, ...args, '--kubeconfig', lab.plane.kubeconfig]
  return run('sh', ['-c', script, 'herald', ...command])
}

async function tellOfPlannedMove(lab: Lab, tell: Telling, target: Target): Promise<PlannedFigures> {
  tell.heading(`a planned stop: SIGTERM to the speaker of the owner, ${target.owner}`)
  const figures = await measurePlannedMove(lab, target)
  tell.line(`${figures.newOwner} took over; HTTP requests lost, one every 5 ms: ${lossesInWords(figures)}`)
  tell.line(
    `a client without a cached neighbour, one ARP request every 10 ms: longest silence ${rounded(figures.silenceMs)} ms, requests answered by two nodes: ${figures.doubleAnswers}`,
  )
  await comeBack(lab, tell, target)
  return figures
}

/** A connection that is open as its address moves is reset: docs/decisions.md. */
function lossesInWords({ lost, lostWithoutNeed }: PlannedFigures): string {
  return lost === 0 ? '0' : `${lost} (${lost - lostWithoutNeed} of them under way as the address moved)`
}

async function tellOfKill(lab: Lab, tell: Telling, target: Target): Promise<KillFigures> {
  tell.heading(`kill -9: the speaker of ${target.owner} is gone without a word`)
  const figures = await measureKill(lab, target)
  tell.line(
    `${figures.newOwner} took over; a client without a cached neighbour heard nobody for ${rounded(figures.silenceMs)} ms`,
  )
  await comeBack(lab, tell, target)
  return figures
}

async function comeBack(lab: Lab, tell: Telling, target: Target): Promise<void> {
  await lab.startSpeaker(target.owner)
  await settle(lab, target.IPv4)
  tell.line(`the speaker of ${target.owner} is back`)
}

async function tellOfPowerLoss(lab: Lab, tell: Telling, target: Target): Promise<PowerFigures> {
  const owner = await settle(lab, target.IPv4)
  tell.heading(`power and cable of ${owner} are gone: every process of the node, and its link`)
  const figures = await measurePowerLoss(lab, { ...target, owner })
  tell.line(
    `${figures.newOwner} took over; longest gap between HTTP answers: ${rounded(figures.failoverMs)} ms by IPv4, ${rounded(figures.failoverV6Ms)} ms by IPv6`,
  )
  await lab.powerOn(owner)
  tell.line(`${owner} has booted again`)
  return figures
}

type Memory = { readonly speakerRssMb: number; readonly controllerRssMb: number }

async function tellOfMemory(lab: Lab, tell: Telling): Promise<Memory> {
  const speaker = lab.speaker('node-b') ?? lab.speaker('node-a')
  const controller = lab.controller()
  if (speaker === undefined || controller === undefined) throw new Error('Herald does not run')
  const memory = {
    speakerRssMb: await residentMb(speaker.pid),
    controllerRssMb: await residentMb(controller.pid),
  }
  tell.heading(`resident memory: speaker ${memory.speakerRssMb} MB, controller ${memory.controllerRssMb} MB`)
  return memory
}

function assembled(told: {
  readonly figures: CreationFigures
  readonly target: Target
  readonly planned: PlannedFigures
  readonly kill: KillFigures
  readonly power: PowerFigures
  readonly memory: Memory
}): StoryFigures {
  const { figures, target, planned, kill, power, memory } = told
  return {
    allocateMs: rounded(figures.allocateMs),
    announceMs: rounded(figures.announceMs),
    firstReplyMs: rounded(figures.firstReplyMs),
    firstReplyV6Ms: rounded(figures.firstReplyV6Ms),
    owner: target.owner,
    failoverMs: rounded(power.failoverMs),
    failoverV6Ms: rounded(power.failoverV6Ms),
    newOwner: power.newOwner,
    killSilenceMs: rounded(kill.silenceMs),
    plannedMoveLost: planned.lost,
    plannedMoveLostWithoutNeed: planned.lostWithoutNeed,
    plannedSilenceMs: rounded(planned.silenceMs),
    plannedDoubleAnswers: planned.doubleAnswers,
    ...memory,
  }
}

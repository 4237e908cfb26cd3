// How often BFD calls a living peer dead, and how soon it notices a dead one, at 50 ms × 3 and at 100 ms × 3: the bgp
// worker as the speaker runs it, while its main thread lists 10,000 Services once a second; the peer is BIRD, in a
// namespace beside it. As root: node test/bench/bfd.ts [minutes for each interval, 5 by default]
import type { BfdConfig } from '../../protocols/bfd/config.ts'
import type { PeerConfig } from '../../protocols/bgp/config.ts'
import { poissonInterval } from '../../hack/poisson.ts'
import { startBirdBfd } from '../interop/bfd-router.ts'
import type { BfdRouter } from '../interop/bfd-router.ts'
import { SpeakerProcess } from '../interop/speaker-process.ts'
import { addHost, createLan, destroyLan, reasonToSkip } from '../net/lan.ts'
import type { Lan } from '../net/lan.ts'
import { pause } from '../support/until.ts'
import { say, tell } from './figure.ts'

const multiplier = 3
const listMegabytes = 20 // 10,000 Services with their managedFields
const detections = 20

const minutes = Number(process.argv[2] ?? 5)

function configOf(intervalMs: number): BfdConfig {
  const intervalUs = intervalMs * 1000
  return {
    desiredMinTxUs: intervalUs,
    requiredMinRxUs: intervalUs,
    detectMultiplier: multiplier,
    passive: false,
    multihop: false,
    minimumTtl: 255,
  }
}

/** BGP finds nobody there; BFD does. */
function peers(): readonly PeerConfig[] {
  return [
    {
      name: 'router',
      endpoint: {
        remote: { address: '192.0.2.2', port: 179 },
        transport: 'Kernel',
        ttl: { type: 'hops', hops: 1 },
        listen: false,
      },
      session: {
        localAs: 65_001,
        peerAs: 65_002,
        identifier: '192.0.2.1',
        families: ['IPv4'],
        holdTimeS: 90,
        passive: true,
        connectRetryMs: 120_000,
        delayOpenMs: 0,
      },
    },
  ]
}

async function up(speaker: SpeakerProcess, intervalMs: number): Promise<void> {
  await speaker.sees('BFD is up at its interval', ({ bfd }) => {
    const { state, detectionTimeMs } = bfd['router'] ?? {}
    return state === 'up' && detectionTimeMs === multiplier * intervalMs
  })
}

/** How long after the peer stood still we knew, by the wall clock of this machine. */
async function detection(speaker: SpeakerProcess, router: BfdRouter, intervalMs: number): Promise<number> {
  await up(speaker, intervalMs)
  await pause(1000 + Math.random() * intervalMs) // anywhere between two of its packets
  const frozenAt = Date.now()
  router.freeze()
  try {
    const { bfd } = await speaker.sees('it is down', (observed) => observed.bfd['router']?.state === 'down')
    return (bfd['router']?.changedAt ?? Number.NaN) - frozenAt
  } finally {
    router.thaw()
  }
}

async function measure(lan: Lan, intervalMs: number): Promise<void> {
  const [us, them] = [addHost(lan, `us${intervalMs}`, 1), addHost(lan, `them${intervalMs}`, 2)]
  const router = await startBirdBfd(them)
  const speaker = new SpeakerProcess(us)
  try {
    const timers = { txMs: intervalMs, rxMs: intervalMs, multiplier }
    await router.configure({ address: '192.0.2.1', timers })
    speaker.apply({ peers: peers(), bfd: { router: configOf(intervalMs) } })
    await up(speaker, intervalMs)
    const name = `${intervalMs} ms × ${multiplier}`
    say(`${name}: ${minutes} minutes with a main thread that lists 10,000 Services once a second`)
    speaker.relist(listMegabytes, Math.ceil(minutes * 60))
    const downs = async () => (await speaker.now()).bfd['router']?.counters.downEvents ?? Number.NaN
    const before = await downs()
    await pause(minutes * 60_000)
    const falseAlarms = (await downs()) - before
    const hourly = (count: number) => Math.round((count * 60) / minutes)
    const { low, high } = poissonInterval(falseAlarms)
    const note = `${falseAlarms} in ${minutes} minutes, on either side, extrapolated; 95 % interval ${hourly(low)} to ${hourly(high)}`
    tell({ figure: `BFD false alarms at ${name}`, unit: '1/h', note }, (falseAlarms * 60) / minutes)
    const lag = (await speaker.now()).bfdGeneral.loopLagMs
    tell(
      { figure: `BFD worst delay of its timer at ${name}`, unit: 'ms', note: 'in the last 10 to 20 s' },
      lag,
    )
    const took: number[] = []
    for (let round = 0; round < detections; round++) took.push(await detection(speaker, router, intervalMs))
    tell({ figure: `BFD detection time at ${name}`, unit: 'ms' }, took)
  } finally {
    speaker.kill()
    await router.stop()
  }
}

const reason = reasonToSkip()
if (reason !== undefined) throw new Error(reason)
for (const intervalMs of [50, 100]) {
  const lan = createLan()
  try {
    await measure(lan, intervalMs)
  } finally {
    destroyLan(lan)
  }
}

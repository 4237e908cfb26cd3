// What a client on the LAN notices when the owner of an address goes: its speaker asked to stop, its speaker killed, its
// power and cable gone. As root: node test/bench/lan-failover.ts
import { pause } from '../../test/support/until.ts'
import type { Lab } from '../../hack/lab/lab.ts'
import type { KillFigures, PlannedFigures, PowerFigures, Target } from '../../hack/lab/measure.ts'
import {
  measureCreation,
  measureKill,
  measurePlannedMove,
  measurePowerLoss,
  settle,
} from '../../hack/lab/measure.ts'
import { say, tell } from './figure.ts'
import { onLab } from './on-lab.ts'

const turns = { planned: 5, kill: 3, power: 3 } as const

/** Each from an owner that has settled, and everything is back when it resolves. */
async function repeated<T>(
  lab: Lab,
  { target, times, what }: { readonly target: Target; readonly times: number; readonly what: string },
  measure: (owned: Target) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = []
  for (let turn = 1; turn <= times; turn++) {
    const owner = await settle(lab, target.IPv4)
    say(`${what} ${owner}, ${turn} of ${times}`)
    results.push(await measure({ ...target, owner }))
    await pause(500)
  }
  return results
}

await onLab(async (lab) => {
  const { target } = await measureCreation(lab, 'bench')
  const planned = await repeated(
    lab,
    { target, times: turns.planned, what: 'SIGTERM to the speaker of' },
    async (owned) => {
      const figures = await measurePlannedMove(lab, owned)
      await lab.startSpeaker(owned.owner)
      return figures
    },
  )
  const kill = await repeated(
    lab,
    { target, times: turns.kill, what: 'SIGKILL to the speaker of' },
    async (owned) => {
      const figures = await measureKill(lab, owned)
      await lab.startSpeaker(owned.owner)
      return figures
    },
  )
  const power = await repeated(
    lab,
    { target, times: turns.power, what: 'power and cable off:' },
    async (owned) => {
      const figures = await measurePowerLoss(lab, owned)
      await lab.powerOn(owned.owner)
      return figures
    },
  )
  tellPlanned(planned)
  tellFailures(kill, power)
})

function tellPlanned(planned: readonly PlannedFigures[]): void {
  const figure = 'speaker of the owner stopped with SIGTERM'
  tell(
    {
      figure: `${figure}: longest silence for a client without a cached neighbour`,
      unit: 'ms',
      metallb: '39',
      note: 'ARP every 10 ms: 10 is no silence',
    },
    planned.map(({ silenceMs }) => silenceMs),
  )
  tell(
    {
      figure: 'the same: ARP requests that nobody answered',
      unit: 'requests',
      goals: [{ of: 'max', most: 0 }],
    },
    planned.map(({ unansweredArp }) => unansweredArp),
  )
  tell(
    {
      figure: 'the same: times that the answering node changed between two requests',
      unit: 'changes',
      goals: [{ of: 'max', most: 1 }],
      metallb: '35',
    },
    planned.map(({ alternations }) => alternations),
  )
  tell(
    { figure: 'the same: requests answered by two nodes', unit: 'requests', goals: [{ of: 'max', most: 0 }] },
    planned.map(({ doubleAnswers }) => doubleAnswers),
  )
  tell(
    {
      figure: 'the same: HTTP requests lost by a client with a cached neighbour, one every 5 ms',
      unit: 'requests',
      goals: [{ of: 'max', most: 0 }],
      metallb: '0',
      note: 'a connection that is open as its address moves is reset: docs/decisions.md',
    },
    planned.map(({ lost }) => lost),
  )
  tell(
    {
      figure: 'the same: of those, requests that were not under way as the address moved',
      unit: 'requests',
      goals: [{ of: 'max', most: 0 }],
    },
    planned.map(({ lostWithoutNeed }) => lostWithoutNeed),
  )
}

function tellFailures(kill: readonly KillFigures[], power: readonly PowerFigures[]): void {
  const goals = [{ of: 'max', most: 4_500 }] as const
  tell(
    {
      figure: 'speaker of the owner killed with -9: longest silence for a client without a cached neighbour',
      unit: 'ms',
      goals,
      metallb: '5,200',
    },
    kill.map(({ silenceMs }) => silenceMs),
  )
  tell(
    {
      figure: 'the same: HTTP requests lost by a client with a cached neighbour, one every 10 ms',
      unit: 'requests',
      goals: [{ of: 'max', most: 0 }],
      metallb: '0',
      note: 'a connection that is open as its address moves is reset: docs/decisions.md',
    },
    kill.map(({ lost }) => lost),
  )
  tell(
    {
      figure: 'power and cable of the owner lost: longest gap between HTTP answers, IPv4',
      unit: 'ms',
      goals,
      metallb: '6,500',
    },
    power.map(({ failoverMs }) => failoverMs),
  )
  tell(
    { figure: 'the same, IPv6', unit: 'ms', goals, metallb: '6,600' },
    power.map(({ failoverV6Ms }) => failoverV6Ms),
  )
}

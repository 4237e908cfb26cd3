// Controller and speakers as their Leases and ConfigurationStates tell of them: alive or not, since when, what they found.
import type { ConfigurationState } from '../../crds/configuration-state.ts'
import type { Life, Listed } from '../members/listed.ts'

export type ProcessLine = {
  readonly component: 'controller' | 'speaker'
  readonly name: string // of the controller's Pod, or of the speaker's node; '' = not known
  readonly state: Life | 'missing' // missing: a node on which no speaker ever ran, no controller at all
  readonly since?: string // RFC 3339: alive since; not alive: the last that was heard of it
  readonly interfaces?: readonly string[] // of a speaker: where its node can announce; absent = not said
  readonly result?: ConfigurationState['result']
  readonly problems: readonly Problem[]
}

export type Problem = { readonly reason: string; readonly message: string }

export type Known = {
  readonly listed: Listed
  readonly nodes: readonly string[]
  readonly configurations: readonly ConfigurationState[]
}

export function processLines({ listed, nodes, configurations }: Known): readonly ProcessLine[] {
  const speakers = listed.speakers.map(({ lease, life }): ProcessLine => {
    const { node, interfaces, acquiredAt, renewal } = lease
    return {
      component: 'speaker',
      name: node,
      state: life,
      ...sinceOf(life, acquiredAt, renewal),
      ...(interfaces === undefined ? {} : { interfaces: interfaces.map(({ name }) => name) }),
      ...foundBy(`speaker-${node}`, configurations),
    }
  })
  const known = new Set(speakers.map(({ name }) => name))
  const missing = nodes
    .filter((node) => !known.has(node))
    .map((name): ProcessLine => ({ component: 'speaker', name, state: 'missing', problems: [] }))
  return [controllerLine(listed, configurations), ...speakers, ...missing]
}

function controllerLine({ leader }: Listed, configurations: Known['configurations']): ProcessLine {
  const component = 'controller'
  if (leader === undefined) return { component, name: '', state: 'missing', problems: [] }
  const { lease, life } = leader
  return {
    component,
    name: lease.holder,
    state: life,
    ...sinceOf(life, lease.acquiredAt, lease.renewedAt),
    ...foundBy('controller', configurations),
  }
}

function sinceOf(life: Life, acquiredAt: string, renewedAt: string): { readonly since?: string } {
  const since = life === 'alive' ? acquiredAt : renewedAt
  return since === '' ? {} : { since }
}

/** Of what it wrote: the errors in the configuration, and every condition that is not as it should be. */
function foundBy(
  name: string,
  configurations: readonly ConfigurationState[],
): Pick<ProcessLine, 'result' | 'problems'> {
  const own = configurations.find((one) => one.name === name)
  if (own === undefined) return { problems: [] }
  return {
    result: own.result,
    problems: own.conditions
      .filter(({ status }) => status !== 'True')
      .map(({ reason, message }) => ({ reason, message })),
  }
}

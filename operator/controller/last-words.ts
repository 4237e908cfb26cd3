// What speakers that are gone said of addresses that other machines use. Their ConfigurationStates go with their Pods, as
// in each update of the DaemonSet, and the machines do not: their word counts on for its time.
import { parseConfigurationState } from '../../crds/configuration-state.ts'
import type { ConfigurationState } from '../../crds/configuration-state.ts'
import { countsAt } from '../../reconcilers/addresses-in-use.ts'
import type { Followed } from '../collect/table.ts'

export type LastWords = {
  /** These states, and the words that still count. */
  readonly beside: (states: readonly ConfigurationState[], takenAt: number) => readonly ConfigurationState[]
  readonly stop: () => void
}

export function startLastWords(cache: Followed): LastWords {
  const gone = new Map<string, ConfigurationState>() // by name

  const stop = cache.onChange((change) => {
    if (change.type !== 'deleted') return
    const { value } = parseConfigurationState(change.object)
    if (value.addressesInUse !== undefined) gone.set(value.name, { ...value, conditions: [], sessions: [] })
  })

  function beside(states: readonly ConfigurationState[], takenAt: number): readonly ConfigurationState[] {
    for (const [name, { addressesInUse = [] }] of gone)
      if (!addressesInUse.some((one) => countsAt(one, takenAt))) gone.delete(name)
    return gone.size === 0 ? states : [...states, ...gone.values()]
  }

  return { beside, stop }
}

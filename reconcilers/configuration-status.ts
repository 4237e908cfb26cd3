// ConfigurationState: what one process thinks of the configuration, for `kubectl get configurationstates`.
import { configurationStateKind, configurationStateLabels } from '../crds/configuration-state.ts'
import { nodeLabel } from './node-label.ts'
import { rememberLast } from './once.ts'
import { invalidSpec } from './pool-counts.ts'
import type { Read, Snapshot } from './snapshot.ts'
import type { DesiredCondition, StatusObject } from './status.ts'
import { shorten } from './text.ts'

/** The object of the controller. */
export function controllerConfiguration(snapshot: Snapshot): StatusObject {
  return configuration(snapshot, {
    name: 'controller',
    labels: { [configurationStateLabels.componentType]: 'controller' },
    type: 'poolReconcilerValid',
    problems: poolProblems(snapshot.pools),
  })
}

/** The object of the speaker of a node; `more` are conditions about what it sees. */
export function speakerConfiguration(
  snapshot: Snapshot,
  node: string,
  more: readonly DesiredCondition[] = [],
): StatusObject {
  const state = configuration(snapshot, {
    name: `speaker-${node}`,
    labels: {
      [configurationStateLabels.componentType]: 'speaker',
      [configurationStateLabels.nodeName]: nodeLabel(node),
    },
    type: 'configReconcilerValid',
    problems: [
      ...poolProblems(snapshot.pools),
      ...advertisementProblems(snapshot.l2Advertisements),
      ...bgpProblems(
        snapshot.bgpPeers,
        snapshot.bgpAdvertisements,
        snapshot.bfdProfiles,
        snapshot.communities,
      ),
    ],
  })
  return { ...state, conditions: [...(state.conditions ?? []), ...more] }
}

type Content = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly type: 'poolReconcilerValid' | 'configReconcilerValid' // MetalLB's words
  readonly problems: readonly string[]
}

function configuration({ namespace }: Snapshot, { name, labels, type, problems }: Content): StatusObject {
  const errorSummary = shorten(problems.join('\n'), 32_768)
  const valid = problems.length === 0
  return {
    kind: configurationStateKind,
    namespace,
    name,
    part: 'object',
    urgent: false,
    labels,
    status: { result: valid ? 'Valid' : 'Invalid', errorSummary },
    conditions: [
      {
        type,
        status: valid ? 'True' : 'False',
        reason: valid ? 'Reconciled' : 'ConfigurationError', // MetalLB's words
        message: errorSummary,
      },
    ],
  }
}

const poolProblems = rememberLast((pools: Snapshot['pools']): readonly string[] =>
  problemsOf('IPAddressPool', pools),
)

const advertisementProblems = rememberLast(
  (advertisements: Snapshot['l2Advertisements']): readonly string[] =>
    problemsOf('L2Advertisement', advertisements),
)

const bgpProblems = rememberLast(
  (
    peers: Snapshot['bgpPeers'],
    advertisements: Snapshot['bgpAdvertisements'],
    profiles: Snapshot['bfdProfiles'],
    communities: Snapshot['communities'],
  ): readonly string[] => [
    ...problemsOf('BGPPeer', peers),
    ...problemsOf('BGPAdvertisement', advertisements),
    ...problemsOf('BFDProfile', profiles),
    ...problemsOf('Community', communities),
  ],
)

function problemsOf(kind: string, objects: readonly Read<{ readonly name: string }>[]): readonly string[] {
  return objects.flatMap(({ value, objections }) =>
    objections.map((objection) => `${kind} ${value.name}: ${invalidSpec(objection).message}`),
  )
}

// ValidatingAdmissionPolicies on a real API server: each row of one table is decided by whom the table says, and what is
// refused at the door the reconcilers object to, too.
import { expect } from 'chai'
import { join, resolve } from 'node:path'
import type { Resource } from '../../crds/kind.ts'
import { ownKinds } from '../../crds/kinds.ts'
import { startCollector } from '../../operator/collect.ts'
import { planController } from '../../reconcilers/plan.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { anyResource } from '../support/resource.ts'
import { objectOf, refusalOf, startSchemaPlane } from '../support/schema-plane.ts'
import { until, untilTrue } from '../support/until.ts'
import { admissionCases } from './admission-cases.ts'
import type { Case, Written } from './admission-cases/case.ts'

const folder = join(resolve(import.meta.dirname, '../..'), 'deploy/manifests/admission')

function kindNamed(kind: string) {
  const own = ownKinds.find(({ definition }) => definition.name.kind === kind)
  if (own === undefined) throw new Error(`${kind} is no kind of ours`)
  return own.definition.name
}

function pathFor({ kind }: Written, namespace = 'metallb-system'): string {
  const { plural, version } = kindNamed(kind)
  return `/apis/metallb.io/${version}/namespaces/${namespace}/${plural}`
}

function bodyOf({ kind, name, spec }: Written): object {
  return objectOf(kind, name, spec, kindNamed(kind).version)
}

/** As the collector would get it; `second` of its creation. */
function resourceOf(written: Written, second: number): Resource {
  const metadata = {
    name: written.name,
    namespace: 'metallb-system',
    uid: written.name,
    resourceVersion: '1',
    creationTimestamp: `2026-01-01T00:00:0${second}Z`,
  }
  return anyResource(JSON.stringify({ ...bodyOf(written), metadata }))
}

function still(objects: readonly Resource[]) {
  const byKey = new Map(objects.map((object) => [object.metadata.name, object]))
  return { objects: () => byKey, onChange: () => () => {} }
}

/** What the reconcilers say of the object beside what stands. */
function objectionsOf({ standing, object }: Case): readonly string[] {
  const all = [...(standing === undefined ? [] : [resourceOf(standing, 1)]), resourceOf(object, 2)]
  const of = (kind: string) => still(all.filter((one) => one.kind === kind))
  const node = anyResource(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n', uid: 'n', resourceVersion: '1' },
    }),
  )
  const collector = startCollector({
    services: still([]),
    endpointSlices: still([]),
    nodes: still([node]),
    namespaces: still([]),
    pools: of('IPAddressPool'),
    l2Advertisements: of('L2Advertisement'),
    bgpPeers: of('BGPPeer'),
    bgpAdvertisements: of('BGPAdvertisement'),
    bfdProfiles: of('BFDProfile'),
    communities: of('Community'),
  })
  const plan = planController(
    collector.snapshot({
      takenAt: 0,
      namespace: 'metallb-system',
      settings: { ignoreExcludeLabel: false },
      speakers: [],
      pending: [],
    }),
  )
  const { pools, l2Advertisements, bgp } = plan
  const found = {
    IPAddressPool: pools,
    L2Advertisement: l2Advertisements,
    BGPAdvertisement: bgp.advertisements,
    BGPPeer: bgp.peers,
    Community: bgp.communities,
  }
  const own = Object.entries(found)
    .find(([kind]) => kind === object.kind)?.[1]
    .get(object.name)
  return [...(own?.verdicts ?? []), ...(own?.warnings ?? [])]
    .filter(({ reason }) => !elsewhere.includes(reason))
    .map(({ reason, message }) => `${reason}: ${message}`)
}

/** Rows name pools and peers that no row has: that is no matter of admission. */
const elsewhere: readonly string[] = [
  'NoPoolSelected',
  'UnknownPool',
  'UnknownPeer',
  'NoNodeSelected',
  'UnknownCommunity',
]

describe('what is decided on an object without asking the API server', () => {
  for (const row of admissionCases) {
    if (row.by === 'schema') continue
    const says = row.by === 'nobody' ? 'nothing' : 'something'
    it(`the reconcilers have ${says} against ${row.title}`, () => {
      const objections = objectionsOf(row)
      if (row.by === 'nobody') expect(objections).to.deep.equal([])
      else expect(objections).not.to.deep.equal([])
    })
  }
})

describe('the policies for admission on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane

  /** Whether it would be taken; nothing is kept. */
  function attempt(written: Written, namespace?: string): Promise<string> {
    return refusalOf(plane.api.create(`${pathFor(written, namespace)}?dryRun=All`, bodyOf(written)))
  }

  before(async () => {
    plane = await startSchemaPlane()
    for (const { standing } of admissionCases)
      if (standing !== undefined) await plane.api.create(pathFor(standing), bodyOf(standing))
    await plane.api.create(pathFor({ kind: 'IPAddressPool', name: '', spec: {} }), bodyOf(old))
    await plane.kubectl(['apply', '-k', folder])
  })
  after(() => plane.stop())

  // A policy works a moment after it is made: what it refuses is asked until it does, and only then what it lets pass.
  const refusedFirst = admissionCases.toSorted(
    (a, b) => Number(b.by === 'policy') - Number(a.by === 'policy'),
  )
  for (const row of refusedFirst) {
    const { by, object, message } = row
    const who = {
      schema: 'the schema refuses',
      policy: 'a policy refuses',
      verdict: 'the door lets pass',
      nobody: 'all take',
    }
    it(`${who[by]} ${row.title}`, async () => {
      if (by === 'verdict' || by === 'nobody') {
        expect(await attempt(object)).to.equal('')
        return
      }
      const said = await until('a refusal', async () => (await attempt(object)) || undefined, {
        timeoutMs: 60_000,
      })
      if (by === 'schema') expect(said).not.to.include('ValidatingAdmissionPolicy')
      else
        expect(said)
          .to.include('ValidatingAdmissionPolicy')
          .and.to.match(message ?? /./)
    })
  }

  const old: Written = { kind: 'IPAddressPool', name: 'older', spec: { addresses: ['nonsense'] } }

  it('an object that is older than the policies can be labelled, but not edited into what is refused', async () => {
    const path = `${pathFor(old)}/older`
    await plane.kubectl(['-n', 'metallb-system', 'label', 'ipaddresspool', 'older', 'zone=a'])
    const spec = { addresses: ['other nonsense'] }
    const edit = [
      '-n',
      'metallb-system',
      'patch',
      'ipaddresspool',
      'older',
      '--type=merge',
      '-p',
      JSON.stringify({ spec }),
    ]
    expect(await refusalOf(plane.kubectl(edit))).to.include('"other nonsense" is no CIDR')
    expect(await plane.api.raw(path)).to.include('"zone":"a"')
  })

  it('an object beside Herald is refused, as nobody would read it', async () => {
    const beside: Written = { kind: 'L2Advertisement', name: 'beside', spec: {} }
    const said = await until('a refusal', async () => (await attempt(beside, 'default')) || undefined)
    expect(said).to.include('must be created in the namespace of Herald; nobody reads it in default')
  })

  it('a BFDProfile that a BGPPeer uses cannot be deleted, and afterwards it can', async () => {
    const profile: Written = { kind: 'BFDProfile', name: 'fast', spec: {} }
    const user: Written = {
      kind: 'BGPPeer',
      name: 'user',
      spec: { myASN: 1, peerASN: 2, peerAddress: '10.40.0.1', bfdProfile: 'fast' },
    }
    await plane.api.create(pathFor(profile), bodyOf(profile))
    await plane.api.create(pathFor(user), bodyOf(user))
    const remove = (...more: readonly string[]) =>
      refusalOf(plane.kubectl(['-n', 'metallb-system', 'delete', 'bfdprofile', 'fast', ...more]))
    const said = await until('a refusal', async () => (await remove('--dry-run=server')) || undefined)
    expect(said).to.include('BFDProfile fast is used by BGPPeer user')
    await plane.kubectl(['-n', 'metallb-system', 'delete', 'bgppeer', 'user'])
    await untilTrue('the profile is gone', async () => (await remove()) === '')
  })

  it('two pools of 300 entries each are compared, down to the last entry', async () => {
    const entries = (octet: number) =>
      Array.from({ length: 300 }, (_, index) => `${octet}.${index >> 8}.${index & 255}.0/24`)
    const standing: Written = { kind: 'IPAddressPool', name: 'wide-old', spec: { addresses: entries(11) } }
    await plane.api.create(pathFor(standing), bodyOf(standing))
    const addresses = [...entries(12).slice(1), '11.1.43.128/25']
    const wide: Written = { kind: 'IPAddressPool', name: 'wide-new', spec: { addresses } }
    const said = await until('a refusal', async () => (await attempt(wide)) || undefined)
    expect(said).to.include(
      'spec.addresses of IPAddressPool wide-new overlap those of IPAddressPool wide-old',
    )
  })

  it('a pool of hundreds of entries is taken, whatever it costs to compare them', async () => {
    const addresses = Array.from(
      { length: 400 },
      (_, index) => `10.50.${index % 200}.${index < 200 ? 0 : 128}/25`,
    )
    expect(await attempt({ kind: 'IPAddressPool', name: 'large', spec: { addresses } })).to.equal('')
  })

  it('who has the role for it can take them down and put them up', async () => {
    await plane.kubectl([
      'create',
      'clusterrolebinding',
      'a',
      '--clusterrole=metallb-system:admission',
      '--user=a',
    ])
    const kubeconfig = await plane.userKubeconfig({ user: 'a' })
    const policies = ['pools', 'advertisements', 'peers', 'communities', 'namespace'].map((name) =>
      join(folder, `${name}.yaml`),
    )
    const files = policies.flatMap((file) => ['-f', file])
    await untilTrue('the role holds', async () =>
      plane.kubectl(['--kubeconfig', kubeconfig, 'delete', ...files]).then(
        () => true,
        () => false,
      ),
    )
    await plane.kubectl(['--kubeconfig', kubeconfig, 'apply', ...files])
  })
})

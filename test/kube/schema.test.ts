// Our kinds on a real API server: it takes them, takes what users have, refuses what MetalLB's schemas refuse, and
// shows what the kinds say.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Fact } from '../../crds/compatibility.ts'
import { ownKinds } from '../../crds/kinds.ts'
import type { Column } from '../../crds/definition.ts'
import type { Schema } from '../../crds/schema.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig, digList, digText } from '../support/dig.ts'
import { anyResource } from '../support/resource.ts'
import { readSamples, samplesFolder } from '../support/samples.ts'
import { manifestsFolder, objectOf, pathOf, refusalOf, startSchemaPlane } from '../support/schema-plane.ts'

const definitions = ownKinds.map(({ definition }) => definition)

describe('the kinds on a real API server', function () {
  this.timeout(180_000)
  let plane: ControlPlane

  before(async () => {
    plane = await startSchemaPlane()
    await plane.kubectl(['-n', 'metallb-system', 'create', '--validate=strict', '-f', samplesFolder])
  })
  after(() => plane.stop())

  it('are established, and their names and short names are taken by nobody else', async () => {
    const list = await plane.api.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
    const crds = digList(list, 'items')
    expect(crds).to.have.length(definitions.length)
    for (const crd of crds) {
      expect(dig(crd, 'status', 'acceptedNames', 'shortNames')).to.deep.equal(
        dig(crd, 'spec', 'names', 'shortNames'),
      )
      const conditions = digList(crd, 'status', 'conditions')
      const states = conditions.map(
        (condition) => `${digText(condition, 'type')}=${digText(condition, 'status')}`,
      )
      expect(states).to.include.members(['Established=True', 'NamesAccepted=True'])
    }
    const lines = (await plane.kubectl(['api-resources', '--no-headers'])).split('\n')
    const others = lines
      .filter((line) => !line.includes('metallb.io/'))
      .flatMap((line) => line.split(/[\s,]+/))
    for (const { shortNames } of definitions)
      for (const name of shortNames) expect(others).not.to.include(name)
  })

  it('can be applied again, and nothing changes', async () => {
    const said = (await plane.kubectl(['apply', '-k', manifestsFolder])).trim().split('\n')
    expect(said.filter((line) => !line.endsWith(' unchanged'))).to.deep.equal([])
  })

  it('take every sample whole, and what comes back parses without objection', async () => {
    for (const { object } of readSamples()) {
      const kind = digText(object, 'kind') ?? ''
      const name = digText(object, 'metadata', 'name') ?? ''
      const own = ownKinds.find(({ definition }) => definition.name.kind === kind)
      const { plural = '', version } = own?.definition.name ?? {}
      const stored = await plane.api.raw(pathOf(plural, `/${name}`, version))
      expect(own?.parse(anyResource(stored)).objections, `${kind} ${name}`).to.deep.equal([])
    }
  })

  it('are listed together as the category metallb', async () => {
    const names = (await plane.kubectl(['-n', 'metallb-system', 'get', 'metallb', '-o', 'name'])).split('\n')
    for (const { name } of definitions)
      expect(names.some((line) => line.startsWith(`${name.kind.toLowerCase()}.metallb.io/`))).to.equal(true)
  })

  it('give the defaults that MetalLB gives, and no others', async () => {
    const file = join(import.meta.dirname, 'metallb-facts.json')
    const facts: Readonly<Record<string, Fact>> = JSON.parse(readFileSync(file, 'utf8'))
    for (const [kind, version, spec] of [
      ['IPAddressPool', 'v1beta1', { addresses: ['192.0.2.0/24'] }],
      ['L2Advertisement', 'v1beta1', {}],
      ['BGPAdvertisement', 'v1beta1', {}],
      ['BGPPeer', 'v1beta2', { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' }],
      ['BFDProfile', 'v1beta1', {}],
      ['Community', 'v1beta1', {}],
    ] as const) {
      const plural = definitions.find(({ name }) => name.kind === kind)?.name.plural ?? ''
      const stored = await plane.api.create(
        pathOf(plural, '', version),
        objectOf(kind, 'defaults', spec, version),
      )
      const prefix = `${plural}.metallb.io/${version} .spec.`
      const defaults = Object.entries(facts).flatMap(([path, fact]) =>
        path.startsWith(prefix) && fact.default !== undefined
          ? [[path.slice(prefix.length), fact.default]]
          : [],
      )
      expect(dig(stored, 'spec'), kind).to.deep.equal({ ...spec, ...Object.fromEntries(defaults) })
    }
  })

  for (const { name, versions } of definitions) {
    for (const version of versions) {
      it(`kubectl explain says what ${name.kind} ${version.name} is, and each of its fields`, async () => {
        const { spec, status } = version.schema.properties ?? {}
        const part = spec?.properties === undefined ? 'status' : 'spec'
        const said = await plane.kubectl([
          'explain',
          `${name.plural}.${part}`,
          `--api-version=metallb.io/${version.name}`,
        ])
        for (const words of descriptionsOf(part === 'spec' ? spec : status))
          expect(flat(said)).to.include(flat(words))
      })
    }
  }

  for (const [words, args, isShown] of [
    ['', [], (column: Column) => column.priority === undefined],
    [' -o wide', ['-o', 'wide'], () => true],
  ] as const) {
    it(`kubectl get${words} shows each kind in its columns`, async () => {
      const table = await plane.kubectl(['-n', 'metallb-system', 'get', 'metallb', ...args])
      const headers = table.split('\n').filter((line) => line.startsWith('NAME '))
      const meant = definitions.map(({ name, versions }) => {
        const columns =
          versions.find((version) => version.name === name.version)?.columns.filter(isShown) ?? []
        return ['NAME', ...columns.map((column) => column.name.toUpperCase())].join('  ')
      })
      expect(headers.map((line) => line.trim().replace(/\s{2,}/g, '  '))).to.have.members(meant)
    })
  }

  for (const [words, kind, spec, message] of [
    ['a pool without spec', 'IPAddressPool', undefined, /spec: Required value/],
    ['a pool without addresses', 'IPAddressPool', {}, /spec.addresses: Required value/],
    ['addresses that are no list', 'IPAddressPool', { addresses: '192.0.2.0/24' }, /spec.addresses.*array/],
    [
      'a flag that is a word',
      'IPAddressPool',
      { addresses: [], autoAssign: 'no' },
      /spec.autoAssign.*boolean/,
    ],
    [
      'a weight of 0',
      'L2Advertisement',
      { preferredNodeSelectors: [{ weight: 0, preference: {} }] },
      /weight.*greater than or equal to 1/,
    ],
    [
      'a weight of 101',
      'L2Advertisement',
      { preferredNodeSelectors: [{ weight: 101, preference: {} }] },
      /weight.*less than or equal to 100/,
    ],
    [
      'a weight without preference',
      'L2Advertisement',
      { preferredNodeSelectors: [{ weight: 1 }] },
      /preference: Required/,
    ],
    [
      'a requirement without operator',
      'L2Advertisement',
      { nodeSelectors: [{ matchExpressions: [{ key: 'a' }] }] },
      /operator: Required/,
    ],
    [
      'an aggregation length of 0',
      'BGPAdvertisement',
      { aggregationLength: 0 },
      /aggregationLength.*greater than or equal to 1/,
    ],
    [
      'aggregates of selected Services',
      'BGPAdvertisement',
      { serviceSelectors: [{}], aggregationLength: 24 },
      /serviceSelectors/,
    ],
    ['eleven times the own AS', 'BGPAdvertisement', { asPathPrepend: 11 }, /asPathPrepend/],
    ['an interval of 9 ms', 'BFDProfile', { receiveInterval: 9 }, /receiveInterval/],
    ['a multiplier of 256', 'BFDProfile', { detectMultiplier: 256 }, /detectMultiplier/],
    ['a minimum TTL of 255', 'BFDProfile', { minimumTtl: 255 }, /minimumTtl/],
    ['a peer without own AS', 'BGPPeer', {}, /spec.myASN: Required value/],
    ['an AS above 32 bits', 'BGPPeer', { myASN: 4_294_967_296 }, /myASN.*less than or equal to 4294967295/],
    [
      'a word for the AS that is none',
      'BGPPeer',
      { myASN: 1, dynamicASN: 'any' },
      /dynamicASN: Unsupported value/,
    ],
    ['a local AS of 0', 'BGPPeer', { myASN: 1, localASN: 0 }, /localASN/],
    ['a port above 16384', 'BGPPeer', { myASN: 1, peerPort: 16_385 }, /peerPort/],
    ['a connect time of 0', 'BGPPeer', { myASN: 1, connectTime: '0s' }, /connectTime must be from 1s/],
    ['a connect time of 1.5 s', 'BGPPeer', { myASN: 1, connectTime: '1500ms' }, /whole number of seconds/],
  ] as const) {
    it(`refuse ${words}, as MetalLB does`, async () => {
      const { plural, version } = definitions.find(({ name }) => name.kind === kind)?.name ?? {
        plural: '',
        version: '',
      }
      const said = await refusalOf(
        plane.api.create(pathOf(plural, '', version), objectOf(kind, 'bad', spec, version)),
      )
      expect(said).to.match(message)
    })
  }

  it('take 10,000 addresses and annotations of 64 kB', async () => {
    const addresses = Array.from({ length: 10_000 }, (_, index) => `10.${index >> 8}.${index & 255}.1/32`)
    const object = {
      ...objectOf('IPAddressPool', 'long', { addresses }),
      metadata: { name: 'long', annotations: { note: 'x'.repeat(65_536) } },
    }
    const stored = await plane.api.create(pathOf('ipaddresspools'), object)
    expect(digList(stored, 'spec', 'addresses')).to.have.length(10_000)
  })

  it('take a LOCAL_PREF of all 32 bits', async () => {
    const spec = { localPref: 4_294_967_295 }
    const stored = await plane.api.create(
      pathOf('bgpadvertisements'),
      objectOf('BGPAdvertisement', 'high', spec),
    )
    expect(dig(stored, 'spec', 'localPref')).to.equal(4_294_967_295)
  })
})

function descriptionsOf(schema: Schema | undefined): readonly string[] {
  return Object.values(schema?.properties ?? {}).map(({ description = '' }) => description)
}

// kubectl breaks lines where it likes.
function flat(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

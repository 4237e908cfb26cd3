// herald plan on a dump of a cluster: what is applied is read as the processes read it, and what moves is told.
import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import { exampleChange, exampleCluster, plannedReport } from '../../test/support/plan-example.ts'
import { Mistake } from './failure.ts'
import { dumpOf } from './dump.ts'
import { parseManifests } from './manifests.ts'
import { formatPlan } from './plan.ts'

function poolOf(spec: string, more = ''): string {
  return `{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {name: lan${more}}, spec: ${spec}}`
}

function serviceOf(spec: string, metadata = 'name: new'): string {
  return `{apiVersion: v1, kind: Service, metadata: {${metadata}}, spec: {type: LoadBalancer, ports: [{port: 80}], selector: {app: x}${spec}}}`
}

/** service → addresses afterwards, of those that change. */
function moved(change: string, deletions: readonly string[] = []): Readonly<Record<string, string>> {
  const { services } = plannedReport({ change, deletions })
  return Object.fromEntries(
    services.map(({ service, after }) => [service, after?.addresses.join(',') ?? 'gone']),
  )
}

describe('herald plan', () => {
  it('says that nothing moves when what stands is applied again', () => {
    for (const change of [exampleCluster, '']) {
      const report = plannedReport({ change })
      expect(report.services, change).to.deep.equal([])
      expect(report.flaws, change).to.deep.equal([])
      expect(formatPlan(report)).to.equal('Nothing moves: 3 Services stay as they are')
    }
  })

  it('names the Services that get another address, and those that go to another node', () => {
    const { services, unchanged } = plannedReport()
    expect(services.length + unchanged).to.equal(3)
    const mail = services.find(({ service }) => service === 'default/mail')
    expect([mail?.before?.addresses, mail?.after?.addresses]).to.deep.equal([['192.0.2.200'], ['192.0.2.1']])
    for (const { after } of services) expect(after?.owner).to.equal('node-a')
  })

  it('is the same as JSON', () => {
    const report = plannedReport()
    expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report)
  })

  it('takes deletions: a pool, an advertisement, a Service; the kind as kubectl takes it', () => {
    expect(moved('', ['ipaddresspool/lan'])).to.deep.equal({
      'default/api': '',
      'default/mail': '',
      'default/web': '',
    })
    expect(moved('', ['svc/default/web', 'Service/api'])).to.deep.equal({
      'default/api': 'gone',
      'default/web': 'gone',
    })
    const silent = plannedReport({ change: '', deletions: ['l2adv/all'] })
    expect(silent.services.map(({ after }) => after?.verdict?.reason)).to.deep.equal([
      'NoAdvertisement',
      'NoAdvertisement',
      'NoAdvertisement',
    ])
    expect(formatPlan(silent)).to.match(
      /^default\/web +loses owner +192\.0\.2\.0 +node-. -> - +- +NoAdvertisement$/m,
    )
  })

  it('refuses a deletion of what is not there, and of a kind that it does not know', () => {
    for (const [text, words] of [
      ['ipaddresspool/lam', 'there is no IPAddressPool lam in namespace metallb-system; did you mean lan?'],
      ['pod/x', '--delete is "pod/x": must be KIND/NAME or KIND/NAMESPACE/NAME'],
      ['service', '--delete is "service": must be'],
      ['service/a/b/c', '--delete is "service/a/b/c": must be'],
      ['lease/controller', '--delete is "lease/controller": must be'],
    ] as const)
      expect(() => plannedReport({ change: '', deletions: [text] }), text).to.throw(Mistake, words)
  })

  it('gives a new Service the family that the cluster gives', () => {
    expect(moved(serviceOf(''))).to.deep.equal({ 'default/new': '192.0.2.1' })
    const dual = exampleCluster.replace('[192.0.2.0/24]', '[192.0.2.0/24, "2001:db8::/64"]')
    for (const [spec, addresses] of [
      [', ipFamilyPolicy: RequireDualStack', '192.0.2.1,2001:db8::'],
      [', ipFamilyPolicy: PreferDualStack', '192.0.2.1'], // its other Services have only IPv4
      [', ipFamilies: [IPv6]', '2001:db8::'],
      [', ipFamilies: [IPv6, IPv4]', '192.0.2.1,2001:db8::'],
    ] as const) {
      const { services } = plannedReport({ cluster: dual, change: serviceOf(spec) })
      expect(
        services.map(({ after }) => after?.addresses.join(',')),
        spec,
      ).to.deep.equal([addresses])
    }
  })

  it('leaves a Service that is applied again what the cluster gave it', () => {
    expect(moved(serviceOf('', 'name: web'))).to.deep.equal({})
    const asking = 'name: web, annotations: {metallb.io/loadBalancerIPs: 192.0.2.77}'
    expect(moved(serviceOf('', asking))).to.deep.equal({ 'default/web': '192.0.2.77' })
    expect(moved(serviceOf('', asking).replace('LoadBalancer', 'ClusterIP'))).to.deep.equal({
      'default/web': 'gone',
    })
  })

  it('serves a new Service after those that stand, whatever it is called', () => {
    const two = poolOf('{addresses: [203.0.113.0/24]}')
    const { services } = plannedReport({ change: `${two}\n---\n${serviceOf('', 'name: aaa')}` })
    expect(services.map(({ service, after }) => [service, after?.addresses])).to.deep.equal([
      ['default/aaa', ['203.0.113.3']],
      ['default/api', ['203.0.113.1']],
      ['default/mail', ['203.0.113.2']],
      ['default/web', ['203.0.113.0']],
    ])
  })

  it('tells what is wrong in an object with its place, field and value', () => {
    const changed = [
      poolOf('{addresses: [192.0.2.0/24, 192.0.2.300/32]}'),
      poolOf('{addresses: [192.0.2.0/24]}', ', namespace: default').replace('v1beta1', 'v1beta7'),
    ].join('\n---\n')
    const lines = plannedReport({ change: changed }).flaws.map(
      ({ object, field, value, message }) => `${object}: ${field} is ${value}: ${message}`,
    )
    expect(lines[0]).to.match(
      /^IPAddressPool lan \(changed\.yaml, document 1\): spec\.addresses\[1\] is "192\.0\.2\.300\/32": /,
    )
    expect(lines.slice(1)).to.deep.equal([
      'IPAddressPool lan (changed.yaml, document 2): apiVersion is "metallb.io/v1beta7": must be metallb.io/v1beta1',
      'IPAddressPool lan (changed.yaml, document 2): metadata.namespace is "default": must be metallb-system; in other namespaces nobody reads it',
    ])
  })

  it('tells of a field that the kind does not have, and of the one that may have been meant', () => {
    const change = [
      poolOf(
        '{addresses: [192.0.2.0/24], autoAsign: false, serviceAllocation: {namespaceSelectors: [{matchLabel: {a: b}}]}}',
      ),
      exampleChange,
    ].join('\n---\n')
    expect(
      plannedReport({ change }).flaws.map(({ field, value, message }) => [field, value, message]),
    ).to.deep.equal([
      ['spec.autoAsign', 'false', 'is no field of it; did you mean autoAssign?'],
      [
        'spec.serviceAllocation.namespaceSelectors[0].matchLabel',
        '{"a":"b"}',
        'is no field of it; did you mean matchLabels?',
      ],
    ])
  })

  it('shows no password, however its field is called', () => {
    const change =
      '{apiVersion: metallb.io/v1beta2, kind: BGPPeer, metadata: {name: p}, spec: {myASN: 1, peerASN: 2, peerAddress: 192.0.2.1, pasword: hunter2}}'
    const report = plannedReport({ change })
    expect(report.flaws.map(({ field, value }) => [field, value])).to.deep.equal([
      ['spec.pasword', 'not shown'],
    ])
    expect(`${formatPlan(report)} ${JSON.stringify(report)}`).not.to.include('hunter2')
  })

  it('says what it left out, as nothing depends on it', () => {
    const deployment = '{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}}'
    const knative = '{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: y}}'
    expect(plannedReport({ change: `${deployment}\n---\n${knative}` }).ignored).to.deep.equal([
      'Deployment x',
      'Service y',
    ])
  })
})

describe('manifests', () => {
  it('are read as kubectl reads them: documents, lists, lists of one kind, JSON', () => {
    const items = '[{metadata: {name: a}}, {metadata: {name: b, namespace: n}}]'
    const manifests = parseManifests(
      'x.yaml',
      `{kind: ServiceList, apiVersion: v1, items: ${items}}\n---\n---\n{"kind":"Node","apiVersion":"v1","metadata":{"name":"c"}}`,
    )
    expect(manifests.map(({ source, kind, name }) => [source, kind, name])).to.deep.equal([
      ['x.yaml, document 1, items[0]', 'Service', 'a'],
      ['x.yaml, document 1, items[1]', 'Service', 'b'],
      ['x.yaml, document 3', 'Node', 'c'],
    ])
    expect(parseManifests('x.yaml', exampleChange)).to.have.length(parseAllDocuments(exampleChange).length)
  })

  it('that are none are refused with the place', () => {
    for (const [text, words] of [
      ['a: [', 'x.yaml is no YAML: '],
      ['a: 1\n---\n- 1', 'x.yaml, document 1: apiVersion is missing'],
      ['- 1', 'x.yaml holds no object'],
      ['{apiVersion: v1, kind: Service, metadata: {}}', 'x.yaml: Service: metadata.name is missing'],
      ['{apiVersion: v1, kind: 7}', 'x.yaml: kind is missing'],
    ] as const)
      expect(() => parseManifests('x.yaml', text), text).to.throw(Mistake, words)
  })
})

describe('a dump', () => {
  const parsed = parseManifests('cluster.yaml', exampleCluster)

  it('without Leases has a speaker on every node, and says so', () => {
    expect(dumpOf(parsed, 'metallb-system').notes).to.deep.equal([
      'the dump has no Lease of a speaker: every Node of it is taken to have a living speaker',
    ])
  })

  it('says what is not in it', () => {
    const services = parsed.filter(({ kind }) => kind === 'Service')
    expect(dumpOf(services, 'metallb-system').notes).to.deep.equal([
      'the dump has no Node: nobody can announce anything',
      'the dump has no EndpointSlice: no Service of it can be announced',
    ])
  })

  it('of another namespace is refused', () => {
    expect(() => dumpOf(parsed, 'herald')).to.throw(Mistake, 'there are some in metallb-system')
  })
})

// The shipped roles give what is needed (the other tests run under them) and nothing beyond; what the overlay adds.
import { expect } from 'chai'
import { join, resolve } from 'node:path'
import type { ControlPlane } from '../support/control-plane.ts'
import { dig, digList } from '../support/dig.ts'
import { heraldNamespace, startHeraldPlane } from '../support/herald-plane.ts'

const root = resolve(import.meta.dirname, '../..')

type Question = readonly [
  account: 'controller' | 'speaker',
  verb: string,
  resource: string,
  namespace: string,
]

const forbidden: readonly Question[] = [
  ['controller', 'patch', 'services', 'default'],
  ['controller', 'update', 'services', 'default'],
  ['controller', 'delete', 'services', 'default'],
  ['controller', 'get', 'secrets', 'default'],
  ['controller', 'get', 'secrets', heraldNamespace],
  ['controller', 'list', 'secrets', heraldNamespace],
  ['controller', 'patch', 'nodes', ''],
  ['controller', 'create', 'pods', heraldNamespace],
  ['controller', 'patch', 'ipaddresspools.metallb.io', heraldNamespace],
  ['controller', 'patch', 'leases.coordination.k8s.io', 'default'],
  ['speaker', 'patch', 'services/status', 'default'],
  ['speaker', 'patch', 'services', 'default'],
  ['speaker', 'get', 'secrets', 'default'],
  ['speaker', 'list', 'secrets', 'default'],
  ['speaker', 'patch', 'secrets', heraldNamespace],
  ['speaker', 'patch', 'bgppeers.metallb.io/status', heraldNamespace],
  ['speaker', 'patch', 'ipaddresspools.metallb.io/status', heraldNamespace],
  ['speaker', 'patch', 'nodes', ''],
  ['speaker', 'delete', 'servicel2statuses.metallb.io', 'default'],
  ['speaker', 'list', 'bgpsessionstates.frrk8s.metallb.io', 'default'],
  ['controller', 'patch', 'servicel2statuses.metallb.io', heraldNamespace],
  ['controller', 'list', 'servicebgpstatuses.metallb.io', heraldNamespace],
]

const allowed: readonly Question[] = [
  ['controller', 'watch', 'servicecidrs.networking.k8s.io', ''],
  ['controller', 'patch', 'services/status', 'default'],
  ['controller', 'patch', 'ipaddresspools.metallb.io/status', heraldNamespace],
  ['controller', 'delete', 'servicel2statuses.metallb.io', heraldNamespace],
  ['speaker', 'watch', 'endpointslices.discovery.k8s.io', 'default'],
  ['speaker', 'create', 'servicel2statuses.metallb.io', heraldNamespace],
  ['speaker', 'delete', 'servicebgpstatuses.metallb.io', heraldNamespace],
  ['speaker', 'delete', 'bgpsessionstates.frrk8s.metallb.io', heraldNamespace],
  ['speaker', 'watch', 'secrets', heraldNamespace],
  ['controller', 'patch', 'bgppeers.metallb.io/status', heraldNamespace],
]

describe('the shipped roles', function () {
  this.timeout(180_000)
  let plane: ControlPlane

  before(async () => {
    plane = await startHeraldPlane()
  })
  after(() => plane.stop())

  const may = async ([account, verb, resource, namespace]: Question): Promise<boolean> => {
    const [qualified = '', subresource] = resource.split('/')
    const [name = '', ...group] = qualified.split('.')
    const answer = await plane.api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${heraldNamespace}:${account}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${heraldNamespace}`],
        resourceAttributes: { verb, group: group.join('.'), resource: name, subresource, namespace },
      },
    })
    return dig(answer, 'status', 'allowed') === true
  }

  for (const question of allowed)
    it(`let the ${question[0]} ${question.slice(1, 3).join(' ')} in ${question[3] || 'the cluster'}`, async () => {
      expect(await may(question)).to.equal(true)
    })

  for (const question of forbidden)
    it(`do not let the ${question[0]} ${question.slice(1, 3).join(' ')} in ${question[3] || 'the cluster'}`, async () => {
      expect(await may(question)).to.equal(false)
    })

  it('and with the overlay bgp-listen the speaker has NET_BIND_SERVICE, and nothing else is changed', async () => {
    const overlay = join(root, 'deploy/overlays/bgp-listen')
    const linesOf = async (folder: string) => (await plane.kubectl(['kustomize', folder])).split('\n')
    const [usual, listening] = [await linesOf(join(root, 'deploy/manifests')), await linesOf(overlay)]
    const added = listening.filter((line) => !usual.includes(line)).map((line) => line.trim())
    expect(added).to.deep.equal(['- NET_BIND_SERVICE'])
    expect(listening).to.have.length(usual.length + 1)
    await plane.kubectl(['apply', '--server-side', '-k', overlay])
    const speaker = await plane.api.get(`/apis/apps/v1/namespaces/${heraldNamespace}/daemonsets/speaker`)
    const [container] = digList(speaker, 'spec', 'template', 'spec', 'containers')
    expect(dig(container, 'securityContext', 'capabilities')).to.deep.equal({
      add: ['NET_RAW', 'NET_BIND_SERVICE'],
      drop: ['ALL'],
    })
  })
})

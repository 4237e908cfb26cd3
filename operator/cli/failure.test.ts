// What a user reads when something is in the way.
import { expect } from 'chai'
import { ipAddressPoolKind } from '../../crds/ip-address-pool.ts'
import { leaseKind } from '../../crds/lease.ts'
import { nodeKind } from '../../crds/node.ts'
import { serviceKind } from '../../crds/service.ts'
import { ApiError } from '../kube/api-error.ts'
import { accessInWords } from './access.ts'
import { inWords, LookError, Mistake } from './failure.ts'

const asked = { server: 'https://192.0.2.1:6443', access: '--kubeconfig lab' }
const namespace = 'metallb-system'

const forbidden = (what: string) =>
  new ApiError({
    status: 403,
    reason: 'Forbidden',
    message: `${what} is forbidden: User "jane" cannot list it`,
  })

describe('a failure in words', () => {
  it('is the mistake itself', () => {
    expect(inWords(new Mistake('there is no Service a/b'), asked)).to.equal('there is no Service a/b')
  })

  it('names every right that is missing, who misses it and the role that has it', () => {
    const error = new LookError([
      { kind: nodeKind, error: forbidden('nodes') },
      { kind: leaseKind, namespace, error: forbidden('leases') },
    ])
    expect(inWords(error, asked)).to.equal(
      'jane may not list nodes, leases.coordination.k8s.io in namespace metallb-system: ' +
        'the ClusterRole metallb-system:reader has all that herald needs to read',
    )
  })

  it('says that Herald is not installed', () => {
    const error = new ApiError({ status: 404, reason: 'NotFound', message: '404 page not found' })
    expect(inWords(new LookError([{ kind: ipAddressPoolKind, namespace, error }]), asked)).to.equal(
      'https://192.0.2.1:6443 knows no IPAddressPool: Herald is not installed there ' +
        '(kubectl apply -k deploy/manifests), or it is another cluster than you meant (asked by --kubeconfig lab)',
    )
  })

  it('says that nobody answers, and what was tried', () => {
    const error = new ApiError({ status: 0, reason: 'Unreachable', message: 'connect ECONNREFUSED' })
    const words = 'https://192.0.2.1:6443 does not answer: connect ECONNREFUSED (tried by --kubeconfig lab)'
    expect(inWords(error, asked)).to.equal(words)
    const many = new LookError([
      { kind: nodeKind, error: forbidden('nodes') },
      { kind: serviceKind, error },
    ])
    expect(inWords(many, asked)).to.equal(words)
  })

  it('says that the credentials are refused', () => {
    const error = new ApiError({ status: 401, reason: 'Unauthorized', message: 'Unauthorized' })
    expect(inWords(error, asked)).to.include('does not accept the credentials of --kubeconfig lab')
  })

  it('hides no bug', () => {
    expect(inWords(new TypeError('x'), asked)).to.equal(undefined)
    expect(inWords(new LookError([{ kind: nodeKind, error: new TypeError('x') }]), asked)).to.equal(undefined)
  })
})

describe('who asks', () => {
  it('is told by what decides it', () => {
    expect(accessInWords({ kubeconfig: 'a', context: 'b' }, { KUBECONFIG: 'c' })).to.equal(
      '--kubeconfig a, --context b',
    )
    expect(accessInWords({}, { KUBECONFIG: 'c' })).to.equal('KUBECONFIG=c')
    expect(accessInWords({}, { KUBECONFIG: '' })).to.equal("~/.kube/config or the Pod's service account")
  })
})

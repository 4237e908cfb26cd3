import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fact, Facts } from './compatibility.ts'
import { factsOf, tightenings } from './compatibility.ts'
import { customResourceDefinition } from './definition.ts'
import { ownKinds } from './kinds.ts'

const theirs = readFacts()
const ours: Facts = new Map(
  ownKinds.flatMap(({ definition }) => [...factsOf(customResourceDefinition(definition))]),
)

function readFacts(): Facts {
  const file = join(import.meta.dirname, '../test/kube/metallb-facts.json')
  const facts: Readonly<Record<string, Fact>> = JSON.parse(readFileSync(file, 'utf8'))
  return new Map(Object.entries(facts))
}

/** Of a fact, the ways in which it could be made to take less, or to mean something else. */
function worse(fact: Fact): readonly Fact[] {
  const { minimum, maximum, enum: words } = fact
  const narrower: readonly (Fact | undefined)[] = [
    { ...fact, type: 'number' },
    { ...fact, default: 'another' },
    { ...fact, pattern: '^x$' },
    { ...fact, required: [...(fact.required ?? []), 'more'] },
    { ...fact, rules: [...(fact.rules ?? []), 'false'] },
    { ...fact, merge: 'x-kubernetes-list-type="set"' },
    { ...fact, other: 'nullable' },
    { ...fact, format: 'byte' },
    { ...fact, minLength: 1_000_000, minItems: 1_000_000 },
    { ...fact, maxLength: 0 },
    { ...fact, maxItems: 0 },
    { ...fact, minimum: (minimum ?? 0) + 1 },
    { ...fact, maximum: (maximum ?? 0) - 1 },
    words === undefined ? { ...fact, enum: ['x'] } : { ...fact, enum: words.slice(1) },
  ]
  return narrower.filter((changed) => changed !== undefined)
}

describe('compatibility with MetalLB', () => {
  it('the facts of all nine kinds are there', () => {
    const kinds = new Set([...theirs.keys()].map((path) => path.split('/')[0]))
    expect(kinds.size).to.equal(9)
    expect(theirs.size).to.be.above(250)
  })

  it('no schema of ours tightens a field, changes a default or drops one', () => {
    expect(tightenings(theirs, ours)).to.deep.equal([])
  })

  it('what is looser than in MetalLB is just what was decided', () => {
    expect(tightenings(ours, theirs).filter((text) => !text.endsWith('is dropped'))).to.deep.equal([
      'ipaddresspools.metallb.io/v1beta1 .status requires more fields',
      'bgpadvertisements.metallb.io/v1beta1 .spec.localPref has the narrower format int32',
      'bgppeers.metallb.io/v1beta1 .spec requires more fields',
      'bgppeers.metallb.io/v1beta1 .spec.nodeSelectors[].matchExpressions[] requires more fields',
      'bgppeers.metallb.io/v1beta1 .spec.nodeSelectors[].matchExpressions[].values has a higher minItems',
      'bgppeers.metallb.io/v1beta2 .spec.peerPort has a higher minimum',
    ])
  })

  it('any one fact that took less, or meant something else, would be seen', () => {
    for (const [path, fact] of theirs) {
      for (const changed of worse(fact)) {
        const mutant = new Map(ours).set(path, { ...ours.get(path), ...changed })
        expect(tightenings(theirs, mutant), `${path} ${JSON.stringify(changed)}`).to.have.length.above(0)
      }
    }
  })

  it('any one field that was dropped would be seen', () => {
    for (const path of theirs.keys()) {
      const mutant = new Map(ours)
      mutant.delete(path)
      expect(tightenings(theirs, mutant)).to.deep.equal([`${path} is dropped`])
    }
  })

  it('a field of ours with a default would be seen, as it would change objects that are there', () => {
    const mutant = new Map(ours).set('ipaddresspools.metallb.io/v1beta1 .spec.paused', {
      type: 'boolean',
      default: false,
    })
    expect(tightenings(theirs, mutant)).to.have.length(1)
  })

  it('a field of ours that were required would be seen', () => {
    const path = 'ipaddresspools.metallb.io/v1beta1 .spec'
    const mutant = new Map(ours).set(path, { ...ours.get(path), required: ['addresses', 'paused'] })
    expect(tightenings(theirs, mutant)).to.deep.equal([`${path} requires more fields`])
  })
})

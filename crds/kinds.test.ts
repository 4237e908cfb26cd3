import { expect } from 'chai'
import fc from 'fast-check'
import { anyResource, resourceOf } from '../test/support/resource.ts'
import type { Schema } from './schema.ts'
import { coreKinds, ownKinds } from './kinds.ts'

const kinds = [
  ...ownKinds.map(({ definition, parse }) => ({ kind: definition.name.kind, parse })),
  ...coreKinds.map(({ name, parse }) => ({ kind: name.kind, parse })),
]

// JSON in which the fields that parsers look for are frequent, with anything in them.
const otherNames =
  'endpoints conditions labels annotations clusterIPs ipFamilies ports loadBalancer ingress ip address addresses ' +
  'serving nodeName creationTimestamp __proto__ length'
const fieldNames = [
  ...new Set(
    ownKinds.flatMap(({ definition }) => definition.versions.flatMap(({ schema }) => namesIn(schema))),
  ),
  ...otherNames.split(' '),
]

function namesIn(schema: Schema): readonly string[] {
  const parts = Object.entries(schema.properties ?? {})
  const items = schema.items === undefined ? [] : namesIn(schema.items)
  return [...parts.flatMap(([name, part]) => [name, ...namesIn(part)]), ...items]
}

const words = [
  '',
  'In',
  'Exists',
  'a',
  '10.0.0.0/8',
  '10.0.0.1-10.0.0.9',
  '::/0',
  '1-2',
  '65000:1',
  '90s',
  'Ready',
  '\u0000',
]

const { value: anything } = fc.letrec<{ value: unknown; leaf: unknown; list: unknown[]; map: object }>(
  (tie) => ({
    value: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('list'), tie('map')),
    leaf: fc.oneof(
      fc.constantFrom(...words),
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    map: fc
      .array(fc.tuple(fc.constantFrom(...fieldNames), tie('value')), { maxLength: 8 })
      .map((entries) => Object.fromEntries(entries)),
  }),
)

describe('kinds', () => {
  for (const { kind, parse } of kinds) {
    it(`${kind}: any JSON parses to a value or to objections, never to an exception`, () => {
      fc.assert(
        fc.property(anything, (json) => {
          const { value, objections } = parse(anyResource(JSON.stringify(json) ?? 'null'))
          expect(value).to.be.an('object')
          for (const { field, message } of objections) {
            expect(field).to.be.a('string')
            expect(message).to.match(/\S/)
          }
        }),
      )
    })

    it(`${kind}: any spec and status parse, and a parse leaves the object as it was`, () => {
      fc.assert(
        fc.property(anything, anything, (spec, status) => {
          const resource = resourceOf({ spec, status, endpoints: spec })
          const before = JSON.stringify(resource)
          expect(parse(resource)).to.deep.equal(parse(resource))
          expect(JSON.stringify(resource)).to.equal(before)
        }),
      )
    })
  }

  it('annotations of 64 kB are read', () => {
    const annotations = { 'metallb.io/address-pool': 'a', note: 'x'.repeat(65_536) }
    for (const { parse } of kinds) {
      const { objections } = parse(resourceOf({ spec: { addresses: ['192.0.2.0/24'] } }, { annotations }))
      expect(objections.filter(({ field }) => field.startsWith('metadata'))).to.deep.equal([])
    }
  })

  it('every field of every schema says what it is', () => {
    const silent = ownKinds.flatMap(({ definition }) =>
      definition.versions.flatMap(({ name, schema }) =>
        withoutWords(schema, `${definition.name.kind}.${name}`),
      ),
    )
    expect(silent).to.deep.equal([])
  })

  it('no two kinds share a name, plural, singular or short', () => {
    const names = ownKinds.flatMap(({ definition: { name, shortNames } }) => [
      name.plural,
      name.kind.toLowerCase(),
      ...shortNames,
    ])
    expect(new Set(names).size).to.equal(names.length)
  })

  it('the version that is read is one of those that are served', () => {
    for (const { definition } of ownKinds)
      expect(definition.versions.map(({ name }) => name)).to.include(definition.name.version)
  })
})

// metadata is described by the API server itself, and items that are plain strings by their list.
function withoutWords(schema: Schema, path: string): readonly string[] {
  const parts = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'metadata')
  return [
    ...(schema.description === undefined ? [path] : []),
    ...parts.flatMap(([name, part]) => withoutWords(part, `${path}.${name}`)),
    ...(schema.items?.properties === undefined ? [] : withoutWords(schema.items, `${path}[]`)),
  ]
}

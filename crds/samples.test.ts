import { expect } from 'chai'
import { dig, digText } from '../test/support/dig.ts'
import { anyResource } from '../test/support/resource.ts'
import { readSamples } from '../test/support/samples.ts'
import { ownKinds } from './kinds.ts'
import type { Schema } from './schema.ts'

const samples = readSamples()

describe('samples', () => {
  for (const { file, object } of samples) {
    const kind = digText(object, 'kind')
    it(`${kind} ${digText(object, 'metadata', 'name')} of ${file} parses without objection`, () => {
      const own = ownKinds.find(({ definition }) => definition.name.kind === kind)
      expect(own?.parse(anyResource(JSON.stringify(object))).objections).to.deep.equal([])
    })
  }

  it('every field that a user may write stands in one of them', () => {
    const missing = ownKinds.flatMap(({ definition: { name, versions } }) => {
      const latest = versions.find((version) => version.name === name.version)
      const objects = samples
        .map(({ object }) => object)
        .filter((object) => dig(object, 'kind') === name.kind)
      const spec = latest?.schema.properties?.['spec']
      return spec?.properties === undefined
        ? []
        : unused(
            spec,
            objects.map((object) => dig(object, 'spec')),
            name.kind,
          )
    })
    expect(missing).to.deep.equal([])
  })
})

function unused(schema: Schema, values: readonly unknown[], path: string): readonly string[] {
  if (schema['x-kubernetes-map-type'] === 'atomic') return [] // a selector: all alike
  const present = values.filter((value) => value !== undefined)
  if (present.length === 0) return [path]
  if (schema.items !== undefined) return unused(schema.items, present.flat(), `${path}[]`)
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) =>
    unused(
      part,
      present.map((value) => dig(value, key)),
      `${path}.${key}`,
    ),
  )
}

// Fields that a kind does not have: the API server would drop them in silence, and kubectl refuses them.
import type { Objection } from '../../crds/kind.ts'
import { isObject, show } from '../../crds/read.ts'
import type { Schema } from '../../crds/schema.ts'
import { orMeant, similarNames } from './similar.ts'

/** In `value`, which stands at `path`, of what the schema names fields of. */
export function unknownFields(
  value: unknown,
  schema: Schema | undefined,
  path: string,
): readonly Objection[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => unknownFields(item, schema?.items, `${path}[${index}]`))
  const { properties } = schema ?? {}
  if (!isObject(value) || properties === undefined) return []
  return Object.entries(value).flatMap(([field, part]): readonly Objection[] => {
    const place = `${path}.${field}`
    if (Object.hasOwn(properties, field)) return unknownFields(part, properties[field], place)
    const meant = similarNames(field, Object.keys(properties))
    const isSecret = [field, ...meant].some((name) => /password/i.test(name))
    const shown = isSecret ? 'not shown' : show(part)
    return [{ field: place, value: shown, message: `is no field of it${orMeant(meant)}` }]
  })
}

// Herald's manifests on the CustomResourceDefinitions of MetalLB, as an upgrade finds them that leaves them as they are:
// out of Herald's own all goes that MetalLB does not have (test/kube/metallb-facts.json).
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Fact } from '../../crds/compatibility.ts'
import { isObject } from '../../crds/read.ts'
import { startControlPlane } from './control-plane.ts'
import type { ControlPlane } from './control-plane.ts'
import { dig, digText } from './dig.ts'

const root = resolve(import.meta.dirname, '../..')

export async function startOlderPlane(): Promise<ControlPlane> {
  const plane = await startControlPlane()
  try {
    const all = await plane.kubectl(['kustomize', join(root, 'deploy/manifests')])
    const objects = parseAllDocuments(all).map((document): unknown => document.toJS())
    const list = { apiVersion: 'v1', kind: 'List', items: objects.flatMap(asMetalLBHasIt) }
    await plane.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(list))
    await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
    return plane
  } catch (error) {
    await plane.stop()
    throw error
  }
}

type Facts = Readonly<Record<string, Fact>>

const facts: Facts = JSON.parse(readFileSync(join(root, 'test/kube/metallb-facts.json'), 'utf8'))

/** Nothing of a kind that MetalLB does not have. */
function asMetalLBHasIt(object: unknown): readonly unknown[] {
  if (digText(object, 'kind') !== 'CustomResourceDefinition') return [object]
  const name = digText(object, 'metadata', 'name') ?? ''
  const versions = dig(object, 'spec', 'versions')
  if (!isObject(object) || !isObject(object['spec']) || !Array.isArray(versions)) return [object]
  const known = versions.filter((version: unknown) => `${name}/${digText(version, 'name')} .` in facts)
  if (known.length === 0) return []
  const older = known.map((version: unknown) => ({
    ...(isObject(version) ? version : {}),
    additionalPrinterColumns: [],
    schema: {
      openAPIV3Schema: pruned(
        dig(version, 'schema', 'openAPIV3Schema'),
        `${name}/${digText(version, 'name')} .`,
      ),
    },
  }))
  return [{ ...object, spec: { ...object['spec'], versions: older } }]
}

/** `place` is that of the schema among the facts. */
function pruned(schema: unknown, place: string): unknown {
  if (!isObject(schema)) return schema
  const {
    properties,
    items,
    additionalProperties,
    required: _,
    'x-kubernetes-validations': __,
    ...rest
  } = schema
  const { required } = facts[place] ?? {}
  const under = (name: string) => (place.endsWith(' .') ? `${place}${name}` : `${place}.${name}`)
  const kept = Object.entries(isObject(properties) ? properties : {}).filter(([name]) => under(name) in facts)
  return {
    ...rest,
    ...(required === undefined ? {} : { required }),
    ...(kept.length === 0
      ? {}
      : { properties: Object.fromEntries(kept.map(([name, part]) => [name, pruned(part, under(name))])) }),
    ...(items === undefined ? {} : { items: pruned(items, `${place}[]`) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: pruned(additionalProperties, `${place}{}`) }),
  }
}

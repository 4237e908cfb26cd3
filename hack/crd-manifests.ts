// The kinds as YAML files, which hack/generate-crds.ts writes to crds/manifests/.
import { stringify } from 'yaml'
import { customResourceDefinition } from '../crds/definition.ts'
import { ownKinds } from '../crds/kinds.ts'

const generated = '# Made from the kinds in crds/ by hack/generate-crds.ts; change them there.\n'

/** File name → text. The same kinds give the same bytes. */
export function manifestFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const { definition } of ownKinds) {
    const { group, plural } = definition.name
    files.set(`${group}_${plural}.yaml`, yamlOf(customResourceDefinition(definition)))
  }
  const resources = [...files.keys()].toSorted()
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources }
  return files.set('kustomization.yaml', yamlOf(kustomization))
}

function yamlOf(value: object): string {
  return generated + stringify(value, { aliasDuplicateObjects: false, lineWidth: 110 })
}

// Makes test/kube/metallb-facts.json, what MetalLB's CustomResourceDefinitions take, out of a folder that holds them:
// `node hack/metallb-facts.ts FOLDER` (their config/crd/bases). Facts only: no descriptions, one line a place.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { factsOf } from '../crds/compatibility.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node hack/metallb-facts.ts FOLDER')

const lines: string[] = []
for (const name of readdirSync(folder).toSorted()) {
  if (!name.endsWith('.yaml')) continue
  for (const [path, fact] of factsOf(parse(readFileSync(join(folder, name), 'utf8'))))
    lines.push(`${JSON.stringify(path)}: ${JSON.stringify(fact)}`)
}
writeFileSync(join(import.meta.dirname, '../test/kube/metallb-facts.json'), `{\n${lines.join(',\n')}\n}\n`)
console.log(`${lines.length} facts in test/kube/metallb-facts.json`)

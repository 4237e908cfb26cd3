// Writes the kinds of crds/ as YAML to crds/manifests/: `node hack/generate-crds.ts`. A test fails while they are stale.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestFiles } from './crd-manifests.ts'

const folder = join(import.meta.dirname, '../crds/manifests')
const files = manifestFiles()
mkdirSync(folder, { recursive: true })
for (const name of readdirSync(folder))
  if (name.endsWith('.yaml') && !files.has(name)) rmSync(join(folder, name))
for (const [name, text] of files) writeFileSync(join(folder, name), text)
console.log(`${files.size} files in crds/manifests`)

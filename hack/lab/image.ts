// What an image would hold: Node, the bundle, the one native module; in a folder that every user may read, because the
// tree may lie where only root may enter and the processes of the manifests are not root.
import { chmodSync, constants, copyFileSync, cpSync, existsSync, linkSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeTemporaryFolder } from '../../test/support/temporary.ts'

export type Image = {
  readonly folder: string
  /** '/herald/speaker.js' and 'node' of the image, where they are here. */
  readonly locate: (path: string) => string
}

const root = resolve(import.meta.dirname, '../..')

export function makeImage(): Image {
  const bundle = join(root, 'build')
  if (!existsSync(join(bundle, 'speaker.js'))) throw new Error('there is no bundle: npm run bundle')
  const folder = makeTemporaryFolder('image')
  chmodSync(folder, 0o755)
  cpSync(bundle, join(folder, 'herald'), { recursive: true })
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of ['koffi', '@koromix'])
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true })
  linkOrCopy(process.execPath, join(folder, 'node'))
  return {
    folder,
    locate: (path) =>
      path === 'node' ? join(folder, 'node') : path.replace(/^\/herald\//, `${folder}/herald/`),
  }
}

// Node is 120 MB: a second name costs nothing where the file system allows it.
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to, constants.COPYFILE_FICLONE)
  }
}

// One file for each process and worker, build/{controller,speaker,l2-worker,bgp-worker,herald}.js: as image, lab and bench
// run them.
// koffi is native and stays outside: it is found in node_modules above build/ (an image has it beside the files).
import { build } from 'esbuild'
import type { Metafile, Plugin } from 'esbuild'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const target = join(root, 'build')

const entryPoints = {
  controller: 'operator/controller.ts',
  speaker: 'operator/speaker.ts',
  'l2-worker': 'protocols/engine/l2-worker.ts',
  'bgp-worker': 'protocols/engine/bgp-worker.ts',
  herald: 'operator/cli.ts',
} as const

/**
 * @kubernetes/client-node does not say that its modules have no side effects, and one import of KubeConfig brings the
 * whole generated API: a thousand files that nobody calls. Said here, esbuild leaves them out.
 */
const withoutUnusedApi: Plugin = {
  name: 'without-unused-api',
  setup(bundler) {
    bundler.onResolve({ filter: /./ }, async ({ path, ...options }) => {
      if (
        !options.resolveDir.includes('@kubernetes/client-node') &&
        !path.startsWith('@kubernetes/client-node')
      )
        return undefined
      if (options.pluginData === 'resolving') return undefined
      const { importer, namespace, resolveDir, kind } = options
      const found = await bundler.resolve(path, {
        importer,
        namespace,
        resolveDir,
        kind,
        pluginData: 'resolving',
      })
      return { ...found, sideEffects: false }
    })
  },
}

async function bundle(): Promise<Metafile> {
  mkdirSync(target, { recursive: true })
  // CommonJS starts faster and stays smaller than ESM in Node 24 (docs/decisions.md); the tree around it is ESM.
  writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n')
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: target,
    bundle: true,
    minify: true,
    keepNames: true, // names of errors and functions in logs
    sourcemap: 'linked',
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    external: ['koffi'],
    define: { 'import.meta.url': 'fileUrl', 'import.meta.dirname': '__dirname', 'import.meta.main': 'true' },
    banner: { js: "const fileUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [withoutUnusedApi],
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

function report(metafile: Metafile): void {
  for (const [path, { bytes, inputs }] of Object.entries(metafile.outputs)) {
    if (!path.endsWith('.js')) continue
    refuseWideText(path)
    const biggest = Object.entries(packages(inputs)).toSorted(([, a], [, b]) => b - a)
    const parts = biggest.slice(0, 4).map(([name, size]) => `${name} ${kilobytes(size)}`)
    console.log(`${path}  ${kilobytes(bytes)}  (${parts.join(', ')})`)
  }
}

/** V8 keeps the text of a program, and one character beyond Latin-1 makes it keep two bytes for each: 1.5 MB more. */
function refuseWideText(path: string): void {
  const [wide] = /.{0,40}[\u0100-\u{10ffff}]/u.exec(readFileSync(join(root, path), 'utf8')) ?? []
  if (wide !== undefined)
    throw new Error(`${path}: a character beyond Latin-1, write its \\u escape: …${wide}`)
}

function packages(
  inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>,
): Readonly<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'herald'
    sizes[name] = (sizes[name] ?? 0) + bytesInOutput
  }
  return sizes
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_000)} kB`
}

report(await bundle())

// The README of a folder is what a stranger reads first: it names no file that is gone, and each file of the product is
// named by the README of its folder.
import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const folders = '{crds,reconcilers,protocols,operator,test,hack}'

function inTree(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: root, exclude: (path) => path.includes('node_modules') })
}

const files = new Set(inTree(`${folders}/**/*.{ts,mjs,cjs}`).map((path) => basename(path)))
const readmes = inTree(`${folders}/**/README.md`).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))

/** Names with a star stand for several; NAME, x and y for any. */
function namesIn(text: string): readonly string[] {
  const names = [...text.matchAll(/(?<![\w.*-])[a-z][\w.-]+\.(?:ts|mjs|cjs)\b/g)].map(([name]) => name)
  return [...new Set(names)].filter((name) => !/^[xy]\./.test(name))
}

/** Whole, or without its ending where a table names many. */
function isNamed(file: string, text: string): boolean {
  const name = basename(file, '.ts')
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text) || isPatterned(name, text)
}

/** `bgp-*` in a table stands for all that begin so. */
function isPatterned(name: string, text: string): boolean {
  return [...text.matchAll(/`([a-z0-9-]+-)\*`/g)].some(([, start = '']) => name.startsWith(start))
}

describe('the README of a folder', () => {
  it('names no file that is gone', () => {
    const gone = readmes.flatMap(({ path, text }) =>
      namesIn(text)
        .filter((name) => !files.has(name))
        .map((name) => `${path}: ${name}`),
    )
    expect(gone).to.deep.equal([])
  })

  it('names each file of the engine, of the protocols and of the kinds', () => {
    const unnamed = readmes
      .filter(({ path }) => /^(crds|protocols\/[a-z0-9]+)\//.test(path))
      .flatMap(({ path, text }) =>
        inTree(`${dirname(path)}/*.ts`)
          .filter((file) => !file.endsWith('.test.ts') && !isNamed(file, text))
          .map((file) => `${path} does not name ${basename(file)}`),
      )
    expect(unnamed).to.deep.equal([])
  })

  it('would be found out', () => {
    expect(namesIn('see `gone.ts` and x.test.ts')).to.deep.equal(['gone.ts'])
    expect(isNamed('bgp/rib-out.ts', 'what is told: `rib-out-more` and rib')).to.equal(false)
    expect(isNamed('bgp/rib-out.ts', '`rib-*`')).to.equal(true)
  })
})

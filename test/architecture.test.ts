// The floors of the house: who may import whom, and what a pure file may not touch (docs/decisions.md).
import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const floors = { operator: 4, reconcilers: 3, crds: 2, protocols: 1 } as const
type Floor = keyof typeof floors

/** Of the protocols the reconcilers may see addresses and the inputs and reports of the engines, nothing else. */
const reconcilersMayImport =
  /^protocols\/(net\/[^/]+|l2\/(claim|observed)|bgp\/(config|observed)|bfd\/(config|observed))\.ts$/

/** Machines that may not know of each other. */
const siblings = ['bgp', 'bfd', 'l2', 'tcp']

type File = { readonly path: string; readonly text: string; readonly imports: readonly string[] }

/** A static import or re-export, whose last line names the module; or a dynamic one. */
const importLine = /^(?:import|export|\})[^'\n]*\bfrom '([^']+)'|\bimport\('([^']+)'\)/gm

const files = globSync('{crds,reconcilers,protocols,operator}/**/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .map(readSource)

function readSource(path: string): File {
  const text = readFileSync(join(root, path), 'utf8')
  const imports = [...text.matchAll(importLine)].map((match) => {
    const name = match[1] ?? match[2] ?? ''
    return name.startsWith('.') ? relative(root, resolve(root, dirname(path), name)) : name
  })
  return { path, text, imports }
}

function isFloor(name: string): name is Floor {
  return Object.hasOwn(floors, name)
}

function floorOf(path: string): number | undefined {
  const top = path.split('/')[0] ?? ''
  return isFloor(top) ? floors[top] : undefined
}

function isPure(path: string): boolean {
  return !path.startsWith('operator/') && !path.startsWith('protocols/engine/')
}

/** Comments and strings say what they like. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|[^:])\/\/.*$|'(?:[^'\\\n]|\\.)*'/gm, '$1')
}

/** What a file at `path` may not import, in words. */
function badImport(path: string, target: string): string | undefined {
  const own = floorOf(path)
  const theirs = floorOf(target)
  if (theirs === undefined) return badPackage(path, target)
  if (own === undefined || theirs > own) return `${path} imports ${target}, a floor above it`
  if (path.startsWith('reconcilers/') && theirs === floors.protocols && !reconcilersMayImport.test(target))
    return `${path} imports ${target}; of the protocols it may see net/ and the input types only`
  if (path.startsWith('crds/') && theirs === floors.protocols && !target.startsWith('protocols/net/'))
    return `${path} imports ${target}; of the protocols it may see net/ only`
  return badSibling(path, target)
}

function badPackage(path: string, target: string): string | undefined {
  if (!isPure(path)) return undefined
  if (target === 'node:crypto' && path.startsWith('reconcilers/')) return undefined
  if (target === 'ip-num' && path.startsWith('crds/')) return undefined
  if (target.startsWith('.') || target.includes('/') === false || target.startsWith('node:'))
    return `${path} imports ${target}; a pure floor stands on its own`
  return `${path} imports ${target}`
}

function badSibling(path: string, target: string): string | undefined {
  const [, own = ''] = path.split('/')
  const [top, theirs = ''] = target.split('/')
  if (!path.startsWith('protocols/') || top !== 'protocols' || own === theirs) return undefined
  if (own === 'engine') return undefined
  if (theirs === 'engine') return `${path} imports the engine; only the engine knows it`
  if (own === 'net') return `${path} imports ${target}; net/ is the ground`
  if (siblings.includes(own) && siblings.includes(theirs)) return `${path} imports its sibling ${target}`
  if (['arp', 'ndp'].includes(own) && theirs !== 'net')
    return `${path} imports ${target}; a codec knows net/ only`
  return undefined
}

const impure =
  /\b(Date\.now|performance\.now|setTimeout|setInterval|setImmediate|Math\.random|process\.|await\b|async\b|globalThis\b)/

describe('architecture', () => {
  it('every file imports from its own floor or from a lower one, never up and never sideways', () => {
    const wrong = files.flatMap((file) =>
      file.imports.flatMap((target) => {
        const objection = badImport(file.path, target)
        return objection === undefined ? [] : [objection]
      }),
    )
    expect(wrong).to.deep.equal([])
  })

  it('no clock, no random, no process and no waiting below operator/ and outside engine/', () => {
    const wrong = files
      .filter((file) => isPure(file.path))
      .flatMap((file) => {
        const match = impure.exec(code(file.text))
        return match === null ? [] : [`${file.path}: ${match[0]}`]
      })
    expect(wrong).to.deep.equal([])
  })

  it('only operator/ talks to the API server', () => {
    const wrong = files
      .filter((file) => !file.path.startsWith('operator/'))
      .filter((file) => file.imports.some((name) => name === 'undici' || name.startsWith('@kubernetes/')))
    expect(wrong.map((file) => file.path)).to.deep.equal([])
  })

  it('no file exports a default, is a barrel, or hides a type error', () => {
    const wrong = files.flatMap((file) => {
      const text = code(file.text)
      const found = [
        /^export default/m.test(text) && 'a default export',
        file.path.endsWith('/index.ts') && 'a barrel',
        /^export \* from/m.test(text) && 'a barrel',
        /\bas (?!const\b)[A-Z{(\w]/.test(text.replace(/import[\s\S]*?from/g, '')) && 'a type assertion',
        /:\s*any\b/.test(text) && 'any',
      ].filter((word) => typeof word === 'string')
      return found.map((word) => `${file.path}: ${word}`)
    })
    expect(wrong).to.deep.equal([])
  })

  it('sees a violation when there is one', () => {
    expect(badImport('crds/x.ts', 'operator/y.ts')).to.be.a('string')
    expect(badImport('protocols/bgp/x.ts', 'protocols/l2/session.ts')).to.be.a('string')
    expect(badImport('reconcilers/x.ts', 'protocols/l2/session.ts')).to.be.a('string')
    expect(badImport('reconcilers/x.ts', 'protocols/l2/claim.ts')).to.equal(undefined)
    expect(badImport('protocols/net/x.ts', 'node:fs')).to.be.a('string')
    expect(impure.test('const now = Date.now()')).to.equal(true)
  })
})

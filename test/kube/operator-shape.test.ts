// Operator keeps the shape of @dot-i/k8s-operator: one small operator compiles on both and sees the same on both.
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ControlPlane } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import type { Running } from '../support/process.ts'
import { startProcess, tailOf } from '../support/process.ts'
import { untilTrue } from '../support/until.ts'

const root = resolve(import.meta.dirname, '../..')
const ours = join(import.meta.dirname, 'small-operator.ts')
const services = '/api/v1/namespaces/shape/services'

/** The same program: its two imports from the package, a CommonJS module, instead. */
function onThePackage(source: string): string {
  const [comment, , types, ...rest] = source.split(/(?=^import |^class )/m)
  expect(types).to.contain("'../../operator/operator.ts'")
  return [
    comment,
    "import dotI from '@dot-i/k8s-operator'\n",
    types?.replace('../../operator/operator.ts', '@dot-i/k8s-operator'),
    'const { default: Operator, ResourceEventType } = dotI\n',
    ...rest,
  ].join('')
}

describe('the shape of Operator', function () {
  this.timeout(180_000)
  let folder: string
  let theirs: string

  before(() => {
    mkdirSync(join(root, 'build'), { recursive: true })
    folder = mkdtempSync(join(root, 'build/operator-shape-')) // inside, so that packages are found
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    theirs = join(folder, 'small-operator.ts')
    writeFileSync(theirs, onThePackage(readFileSync(ours, 'utf8')))
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  it('one source compiles on @dot-i/k8s-operator and on ours: public and protected members are the same', () => {
    const project = join(folder, 'tsconfig.json')
    const config = { extends: '../../tsconfig.json', include: [], exclude: [], files: [ours, theirs] }
    writeFileSync(project, JSON.stringify(config))
    const compiler = join(root, 'node_modules/.bin/tsc')
    const { status, stdout, stderr } = spawnSync(compiler, ['--project', project], { encoding: 'utf8' })
    expect(status, stdout + stderr).to.equal(0)
  })

  describe('on a real API server', () => {
    let plane: ControlPlane
    const running: Running[] = []

    before(async () => {
      plane = await startControlPlane()
      await plane.api.create('/api/v1/namespaces', { metadata: { name: 'shape' } })
    })

    after(async () => {
      for (const child of running) child.kill('SIGKILL')
      await plane.stop()
    })

    const start = (program: string, name: string): { child: Running; lines: () => readonly string[] } => {
      const logFile = join(plane.folder, `${name}.log`)
      const env = { KUBECONFIG: plane.kubeconfig }
      const args = [program, 'shape']
      const child = startProcess({ command: process.execPath, args, logFile, env })
      running.push(child)
      const lines = (): readonly string[] => {
        if (child.hasExited()) throw new Error(`${name} ended: ${tailOf(logFile)}`)
        return readFileSync(logFile, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('{"type"'))
      }
      return { child, lines }
    }
    const service = (name: string): unknown => ({
      metadata: { name },
      spec: { ports: [{ port: 80, protocol: 'TCP' }] },
    })

    it('the same program is told the same on both, and ours stops by itself', async () => {
      await plane.api.create(services, service('first'))
      const both = [start(theirs, 'theirs'), start(ours, 'ours')]
      const toldBoth = (count: number): Promise<void> =>
        untilTrue(`${count} events on both`, () => both.every(({ lines }) => lines().length >= count), {
          timeoutMs: 60_000,
        })
      // The package watches without a version. An API server on an etcd of 3.4 answers that only when something of the
      // kind was written after all else ("Too large resource version"), so another namespace's Service is, again and again.
      const stir = async (): Promise<void> => {
        const labels = { stirred: String(performance.now()) }
        await plane.api.merge('/api/v1/namespaces/default/services/kubernetes', { metadata: { labels } })
      }
      const stirring = setInterval(() => void stir().catch(() => undefined), 500)
      await toldBoth(1).finally(() => clearInterval(stirring))
      await plane.api.create(services, service('second'))
      await toldBoth(2)
      await plane.api.merge(`${services}/first`, { metadata: { labels: { is: 'changed' } } })
      await toldBoth(3)
      await plane.api.remove(`${services}/first`)
      await toldBoth(4)
      const [told, toldByOurs] = both.map(({ lines }) => lines())
      expect(toldByOurs).to.deep.equal(told)
      const facts = told?.map((line) => /"type":"(\w+)".*"name":"(\w+)"/.exec(line)?.slice(1).join(' '))
      expect(facts).to.deep.equal(['ADDED first', 'ADDED second', 'MODIFIED first', 'DELETED first'])
      const child = both[1]?.child
      child?.kill('SIGTERM')
      expect(await child?.exited).to.deep.equal({ code: 0, signal: null })
    })
  })
})

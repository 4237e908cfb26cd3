// Images of the routers that the interop table plays with, as tar archives for `docker import`: the files of their Debian
// packages as they are installed here, and the libraries that these load. No registry, no network, no engine.
// `node hack/router-images/build.mjs` does it by hand; the set-up calls it, and so do the tests that need one.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
const folder = join(root, '.cache', 'router-images')
const script = hashOf(readFileSync(fileURLToPath(import.meta.url)))

/** By router: what dpkg lists of its packages, their users, and folders that its package leaves to systemd. */
const images = {
  bird: { packages: ['bird2'] },
  frr: {
    packages: ['frr'],
    // vtysh asks PAM whether it may; what its own service does not say is said here.
    files: ['/lib/x86_64-linux-gnu/security/pam_permit.so'],
    texts: { 'etc/pam.d/other': 'auth required pam_permit.so\naccount required pam_permit.so\n' },
    users: ['frr'],
    groups: ['frr', 'frrvty'],
    rootIn: ['frrvty'],
    folders: ['etc/pam.d', 'var/tmp/frr'],
  },
  gobgp: { packages: ['gobgpd'] },
  exabgp: {
    packages: ['exabgp'],
    alsoOf: /^(lib)?python3/,
    files: ['/usr/sbin/exabgp'],
    users: ['nobody'], // it looks for that one, whoever it is to run as
    groups: ['nogroup'],
  },
  openbgpd: {
    packages: ['openbgpd'],
    users: ['_openbgpd'],
    groups: ['_openbgpd'],
    folders: ['run/openbgpd'],
  },
}

/** What the tests start in each of them beside the router. */
const tools = ['/bin/sh', '/bin/cat']

const needless =
  /^\/(usr\/share\/(doc|man|locale|lintian|info)|lib\/systemd|usr\/lib\/systemd|etc\/init\.d)\//

export const imageNames = Object.keys(images)

/** Does nothing for an image that is as new as its packages. */
export function buildRouterImages(say, names = imageNames) {
  for (const name of names) {
    if (routerImage(name) !== undefined) continue
    const startedAt = Date.now()
    say(`packing the image of ${name} from its Debian packages (some seconds, once)`)
    build(name)
    const megabytes = Math.round(statSync(tarOf(name)).size / 1e6)
    say(`packed ${name}: ${megabytes} MB in ${Math.round((Date.now() - startedAt) / 100) / 10} s`)
  }
}

/** The archive and its content's name; undefined when it was not built, or its packages have changed since. */
export function routerImage(name) {
  if (!existsSync(tarOf(name)) || !existsSync(recordOf(name))) return undefined
  const text = readFileSync(recordOf(name), 'utf8')
  const then = JSON.parse(text)
  const now = recordNow({ packages: Object.keys(then.packages), libraries: Object.keys(then.libraries) })
  return JSON.stringify(then) === JSON.stringify(now) ? { tar: tarOf(name), tag: hashOf(text) } : undefined
}

function tarOf(name) {
  return join(folder, `${name}.tar`)
}

function recordOf(name) {
  return join(folder, `${name}.json`)
}

/** What makes the image another one. */
function recordNow({ packages, libraries }) {
  const versions = run('dpkg-query', ['-W', '-f=${Package} ${Version}\n', ...packages], { mayFail: true })
  return {
    script,
    packages: Object.fromEntries(lines(versions).map((line) => line.split(' '))),
    libraries: Object.fromEntries(libraries.map((file) => [file, stampOf(file)])),
  }
}

function stampOf(file) {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'gone' : `${stat.size} bytes of ${stat.mtime.toISOString()}`
}

/** Complete or not there: whoever builds at the same time builds the same. */
function build(name) {
  mkdirSync(folder, { recursive: true })
  const staging = mkdtempSync(join(folder, '.packing-'))
  try {
    const { packages, files, libraries } = contentsOf(images[name])
    const [system, list, tar] = ['system', 'list', 'tar'].map((each) => join(staging, each))
    writeSystem(system, images[name])
    // No path twice: an engine refuses that.
    const entries = [...entriesOf([...files, ...libraries])].filter((path) => !isEntry(join(system, path)))
    writeFileSync(list, entries.map((path) => `${path.slice(1)}\n`).join(''))
    const here = ['--no-recursion', '-C', '/', '--files-from', list]
    run('tar', ['--create', '--file', tar, '--numeric-owner', '-C', system, '.', ...here])
    writeFileSync(join(staging, 'record'), JSON.stringify(recordNow({ packages, libraries })))
    renameSync(tar, tarOf(name))
    renameSync(join(staging, 'record'), recordOf(name))
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function contentsOf({ packages, alsoOf, files = [] }) {
  const all = alsoOf === undefined ? packages : withDependencies(packages, alsoOf)
  const listed = lines(run('dpkg', ['-L', ...all])).filter(
    (path) => !needless.test(path) && lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false,
  )
  const own = [...new Set([...listed, ...files, ...tools])]
  return { packages: all, files: own, libraries: librariesOf(own) }
}

/** The packages that these depend on, of those whose names match, and so on. */
function withDependencies(packages, matching) {
  const found = new Set(packages)
  for (const name of found) {
    const text = run('dpkg-query', ['-W', '-f=${Pre-Depends} ${Depends}', name])
    for (const [depended = ''] of text.matchAll(/[a-z0-9][a-z0-9+.-]+/g))
      if (matching.test(depended) && isInstalled(depended)) found.add(depended)
  }
  return [...found]
}

function isInstalled(name) {
  return run('dpkg-query', ['-W', '-f=${Status}', name], { mayFail: true }) === 'install ok installed'
}

/** What the dynamic linker would load, of all that it can read. */
function librariesOf(files) {
  const said = run('ldd', files.filter(isElf), { mayFail: true })
  const found = [...said.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path]) => path)
  return [...new Set(found)]
}

function isElf(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() === true && readFileSync(path).subarray(0, 4).toString('latin1') === '\x7fELF'
}

/** With the folders above them, each before what is in it; links with what they lead to; no path goes through a link. */
function entriesOf(files) {
  const entries = new Set()
  const add = (path) => {
    const place = realpathSync(dirname(path))
    addFolders(place, entries)
    const entry = join(place, basename(path))
    if (entries.has(entry)) return
    entries.add(entry)
    if (lstatSync(entry).isSymbolicLink()) add(resolve(place, readlinkSync(entry)))
  }
  files.filter((path) => existsSync(path)).forEach(add)
  return entries
}

function isEntry(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function addFolders(path, entries) {
  if (path === '/' || entries.has(path)) return
  addFolders(dirname(path), entries)
  entries.add(path)
}

/** What no package of these brings. */
function writeSystem(system, { users = [], groups = [], rootIn = [], folders = [], texts = {} }) {
  for (const each of ['etc', 'proc', 'sys', 'dev', 'run', 'tmp', 'var/log', 'var/run', ...folders])
    mkdirSync(join(system, each), { recursive: true, mode: 0o755 })
  const rows = (file, names) =>
    lines(readFileSync(file, 'utf8')).filter((line) => ['root', ...names].includes(line.split(':')[0]))
  const withRoot = (line) =>
    rootIn.includes(line.split(':')[0]) ? `${line}${line.endsWith(':') ? '' : ','}root` : line
  writeFileSync(join(system, 'etc/passwd'), `${rows('/etc/passwd', users).join('\n')}\n`)
  writeFileSync(join(system, 'etc/group'), `${rows('/etc/group', groups).map(withRoot).join('\n')}\n`)
  for (const [path, text] of Object.entries(texts)) writeFileSync(join(system, path), text)
  // Where / has links for these, so has the image: programs name their interpreter by them.
  const links = ['/bin', '/sbin', '/lib', '/lib64'].filter((path) => lstatSync(path).isSymbolicLink())
  for (const link of links) run('ln', ['-s', readlinkSync(link), join(system, relative('/', link))])
}

function lines(text) {
  return text.split('\n').filter((line) => line !== '')
}

function hashOf(content) {
  return createHash('sha256').update(content).digest('hex').slice(0, 12)
}

function run(command, args, { mayFail = false } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 26,
    cwd: tmpdir(),
  })
  if (error !== undefined) throw error
  if (status !== 0 && !mayFail) throw new Error(`${command} ${args[0]} failed (exit ${status}): ${stderr}`)
  return stdout
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  buildRouterImages((line) => console.error(`set-up: ${line}`))

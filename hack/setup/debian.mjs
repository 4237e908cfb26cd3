// Debian packages: installed by apt when missing, left alone when there.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** By what needs them. */
const packages = {
  lab: [
    'bird2',
    'etcd-server',
    'frr',
    'iproute2',
    'iputils-ping',
    'libpcap0.8',
    'nftables',
    'openssl',
    'procps',
    'tcpdump',
    'util-linux', // setpriv, nsenter
  ],
  // The independent eyes and judges; what compiles `cap`; and the routers that the lab does not have.
  test: [
    'arping',
    'build-essential',
    'ethtool',
    'exabgp',
    'gobgpd',
    'libpcap-dev',
    'ndisc6',
    'openbgpd',
    'prometheus',
    'python3',
    'tshark',
  ],
  bench: ['exabgp', 'gobgpd'], // what Herald is compared with
  containers: ['docker.io'],
}

/** Throws an Error when apt cannot bring one of them. */
export function bringPackages(groups, say) {
  const missing = groups.flatMap((group) => packages[group]).filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  if (!existsSync('/usr/bin/apt-get'))
    throw new Error(`this machine has no apt; install these by its own means: ${missing.join(', ')}`)
  say(`installing Debian packages: ${missing.join(', ')}`)
  apt(['update', '-qq'])
  apt(['install', '-y', '-qq', '-o', 'Dpkg::Use-Pty=0', '--no-install-recommends', ...missing])
  stopServices(missing)
}

/** By the package that starts it. */
const services = {
  'etcd-server': 'etcd',
  frr: 'frr',
  bird2: 'bird',
  'docker.io': 'docker.socket docker containerd',
  exabgp: 'exabgp',
  gobgpd: 'gobgpd',
  openbgpd: 'openbgpd',
  prometheus: 'prometheus',
}

/** A daemon that its package starts is not ours to have running: tests start their own. One that was there is left alone. */
function stopServices(installed) {
  if (!existsSync('/run/systemd/system')) return
  for (const service of installed.flatMap((name) => services[name]?.split(' ') ?? []))
    spawnSync('systemctl', ['disable', '--now', service], { stdio: 'ignore' })
}

function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' })
  return stdout?.trim() === 'install ok installed'
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 2], env })
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed (exit ${status})`)
}

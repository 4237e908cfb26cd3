// The routers of the table, and what each of them lacks: a story that needs it is not spoken there.
import type { ImageName } from '../../hack/router-images/build.mjs'
import type { Family } from '../../protocols/net/address.ts'
import { birdVersion, startBird } from './bird.ts'
import { exaBgpVersion, startExaBgp } from './exabgp.ts'
import { frrVersion, startFrr } from './frr.ts'
import { goBgpVersion, startGoBgp } from './gobgp.ts'
import { openBgpdVersion, startOpenBgpd } from './openbgpd.ts'
import type { StartRouter } from './scene.ts'
import type { Ability } from './stories.ts'

export type Lack = {
  readonly ability: Ability
  readonly over?: Family // only there
  readonly because: string
}

export type RouterRow = {
  readonly name: string
  readonly packaged: string // what Debian 12 brings
  readonly program: string
  readonly image: ImageName
  readonly version: () => string // with its name
  readonly start: StartRouter
  readonly lacks: readonly Lack[]
}

export const routerRows: readonly RouterRow[] = [
  {
    name: 'BIRD',
    packaged: '2.0.12',
    program: '/usr/sbin/bird',
    image: 'bird',
    version: birdVersion,
    start: startBird,
    lacks: [],
  },
  {
    name: 'FRR',
    packaged: '8.4.4',
    program: '/usr/lib/frr/bgpd',
    image: 'frr',
    version: frrVersion,
    start: startFrr,
    lacks: [],
  },
  {
    name: 'GoBGP',
    packaged: '3.10.0',
    program: '/usr/bin/gobgpd',
    image: 'gobgp',
    version: goBgpVersion,
    start: startGoBgp,
    lacks: [{ ability: 'asking again', because: 'its soft reset looks at what it has; it asks nobody' }],
  },
  {
    name: 'ExaBGP',
    packaged: '4.2.21',
    program: '/usr/sbin/exabgp',
    image: 'exabgp',
    version: exaBgpVersion,
    start: startExaBgp,
    lacks: [
      { ability: 'GTSM', over: 'IPv6', because: 'it sets the options of IPv4 on a socket of IPv6' },
      { ability: 'keeping routes over our restart', because: 'it keeps no routes' },
      { ability: 'long-lived graceful restart', because: 'it keeps no routes' },
      { ability: 'shutdown text', because: 'its teardown takes a number only' },
      { ability: 'a prefix limit', because: 'it has none' },
    ],
  },
  {
    name: 'OpenBGPD',
    packaged: '7.7',
    program: '/usr/sbin/bgpd',
    image: 'openbgpd',
    version: openBgpdVersion,
    start: startOpenBgpd,
    lacks: [
      {
        ability: 'TCP-MD5 when it is dialled',
        because: 'its listening socket takes no signed segments on Linux; dialling it signs',
      },
      { ability: 'dialling again soon', because: 'it waits two minutes after a dial that failed' },
      {
        ability: 'link bandwidth',
        because: 'it drops extended communities that are not transitive',
      },
      {
        ability: 'graceful restart of its own',
        because: 'it announces the End-of-RIB marker and no restart (bgpd.conf(5), announce restart)',
      },
      { ability: 'long-lived graceful restart', because: 'it does not know it' },
      { ability: 'IPv4 over an IPv6 next hop', because: 'it does not know RFC 8950' },
    ],
  },
]

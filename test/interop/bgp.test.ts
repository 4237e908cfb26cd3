// The table of stories × routers: BGP with real daemons over the kernel's TCP, each in a namespace of its own.
import { existsSync } from 'node:fs'
import { addHost, createLan, destroyLan, reasonToSkip } from '../net/lan.ts'
import type { Lan } from '../net/lan.ts'
import { birdVersion, startBird } from './bird.ts'
import { frrVersion, startFrr } from './frr.ts'
import { play, Speakers } from './scene.ts'
import type { Stage, StartRouter } from './scene.ts'
import { stories } from './stories.ts'

type Row = {
  readonly name: string
  readonly program: string
  readonly version: () => string
  readonly start: StartRouter
  readonly notSpoken: readonly string[] // titles of stories
}

const routers: readonly Row[] = [
  { name: 'BIRD', program: '/usr/sbin/bird', version: birdVersion, start: startBird, notSpoken: [] },
  { name: 'FRR', program: '/usr/lib/frr/bgpd', version: frrVersion, start: startFrr, notSpoken: [] },
]

for (const { name, program, version, start, notSpoken } of routers)
  describe(`BGP with ${name}`, function () {
    this.timeout(120_000)
    let lan: Lan | undefined
    let stage: Stage | undefined

    before(function () {
      const reason = reasonToSkip() ?? (existsSync(program) ? undefined : `there is no ${program}`)
      if (reason !== undefined) {
        console.log(`    ${name} is skipped: ${reason}`)
        this.skip()
      }
      lan = createLan()
      stage = { speakers: new Speakers(addHost(lan, 'us', 1)), router: addHost(lan, 'them', 2) }
      console.log(`    ${version()}`)
    })

    after(() => {
      stage?.speakers.killAll()
      if (lan !== undefined) destroyLan(lan)
    })

    for (const { title, wish = {}, play: story } of stories)
      if (notSpoken.includes(title)) it(`${title}: not spoken by ${name}`, () => undefined)
      else
        it(title, () => {
          if (stage === undefined) throw new Error('there is no stage')
          return play(stage, { start, wish }, story)
        })
  })

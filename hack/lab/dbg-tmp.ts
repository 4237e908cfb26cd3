import { startLab } from './lab.ts'
import { createBackends, createPool } from './objects.ts'
import { measureCreation, settle } from './measure.ts'
import { runIn } from './shell.ts'
import { namespaceName } from './names.ts'
import { pause } from '../../test/support/until.ts'
const lab = await startLab({ id: 'dbg' })
try {
  await createPool(lab.api)
  await createBackends(lab.api)
  await pause(2000)
  for (let i = 0; i < 6; i++) {
    const { figures, target } = await measureCreation(lab, 'w' + i)
    console.log(JSON.stringify(figures), target.owner)
  }
  const { target } = await measureCreation(lab, 'web')
  for (let i = 0; i < 2; i++) {
    const owner = await settle(lab, target.IPv4)
    await lab.client.announcements()
    const ask = (address: string) => lab.client.askHttp({ address, port: 80, everyMs: 10, timeoutMs: 1000 })
    const [h4, h6] = [await ask(target.IPv4), await ask(target.IPv6)]
    const timeline: string[] = []
    await pause(1000)
    const t0 = performance.timeOrigin + performance.now()
    void lab.powerOff(owner)
    for (let k = 0; k < 90; k++) {
      await pause(100)
      const n = await runIn(namespaceName('dbg', 'client'), 'ip', ['neigh', 'show', 'dev', 'eth0'])
      const l = n
        .split('\n')
        .filter((x) => x.startsWith(target.IPv4 + ' ') || x.startsWith(target.IPv6 + ' '))
        .join(' | ')
      if (timeline.at(-1)?.slice(6) !== l) timeline.push(String(k * 100).padEnd(6) + l)
    }
    const [r4, r6] = [await h4.stop(), await h6.stop()]
    console.log(timeline.join('\n'))
    const show = (r: readonly any[]) => {
      const b: Record<string, number> = {}
      for (const x of r) {
        const k = Math.floor((x.startedAt - r[0].startedAt) / 500) * 0.5
        const key = k.toFixed(1)
        b[key] ??= 0
        if (x.answeredAt !== undefined) b[key]! += 1
      }
      return JSON.stringify(b)
    }
    console.log(show(r4))
    console.log(show(r6))
    console.log(Object.keys(r4[0]), r4[0])
    console.log(
      (await lab.client.announcements())
        .filter((a: any) => [target.IPv4, target.IPv6].includes(a.address))
        .map((a) => JSON.stringify(a))
        .join('\n'),
    )
    await lab.powerOn(owner)
  }
} catch (e) {
  console.log(e)
} finally {
  await lab.stop()
}

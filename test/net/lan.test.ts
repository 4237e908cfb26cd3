// What is left of a run that was killed is removed by the next one.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { needsNamespaces } from '../support/skip.ts'
import { addHost, createLan, destroyLan, sweepLans } from './lan.ts'

describe('the LANs of a process that is gone', () => {
  needsNamespaces()

  it('are removed, and those of one that runs are not', () => {
    const lan = createLan()
    addHost(lan, 'us', 1)
    const own = [lan.namespace, `${lan.namespace}-us`]
    const gone = `hn${spawnSync('true').pid}-1`
    const left = [gone, `${gone}-them`]
    try {
      for (const name of left) spawnSync('ip', ['netns', 'add', name])
      expect(readdirSync('/run/netns')).to.include.members([...own, ...left])
      sweepLans()
      expect(readdirSync('/run/netns')).to.include.members(own).and.not.include.members(left)
    } finally {
      destroyLan(lan)
    }
  })
})

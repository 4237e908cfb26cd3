// What MetalLB's webhooks refuse: Communities and their aliases.
import { community } from './case.ts'
import type { Case } from './case.ts'

export const communityCases: readonly Case[] = [
  {
    title: 'communities',
    by: 'nobody',
    object: community('c-good', [
      { name: 'c1', value: '64512:1' },
      { name: 'c2', value: 'large:4200000000:1:2' },
    ]),
  },
  {
    title: 'a value that is no community',
    by: 'policy',
    object: community('c-bad', [{ name: 'c3', value: 'blue' }]),
    message: /"blue" is not A:B/,
  },
  {
    title: 'a part beyond 65535',
    by: 'policy',
    object: community('c-big', [{ name: 'c4', value: '1:65536' }]),
    message: /"1:65536" is not A:B/,
  },
  {
    title: 'an alias defined twice',
    by: 'policy',
    object: community('c-twice', [
      { name: 'c5', value: '1:1' },
      { name: 'c5', value: '1:2' },
    ]),
    message: /defines an alias twice/,
  },
  {
    title: 'an alias of another Community',
    by: 'policy',
    standing: community('c6-old', [{ name: 'c6', value: '1:1' }]),
    object: community('c6-new', [{ name: 'c6', value: '1:2' }]),
    message: /alias c6 of Community c6-new is defined by Community c6-old/,
  },
]

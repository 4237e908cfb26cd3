// What MetalLB's webhooks refuse: Pools that hold the same addresses.
import { pool } from './case.ts'
import type { Case } from './case.ts'

const both = (one: string, other: string): RegExp =>
  new RegExp(`spec\\.addresses of IPAddressPool ${one} overlap those of IPAddressPool ${other}`)

export const overlapCases: readonly Case[] = [
  {
    title: 'a CIDR within that of another pool',
    by: 'policy',
    standing: pool('o1-old', ['10.10.0.0/16']),
    object: pool('o1-new', ['10.10.7.0/24']),
    message: both('o1-new', 'o1-old'),
  },
  {
    title: 'a CIDR around that of another pool',
    by: 'policy',
    standing: pool('o2-old', ['10.11.7.0/24']),
    object: pool('o2-new', ['10.11.0.0/16']),
    message: both('o2-new', 'o2-old'),
  },
  {
    title: 'a range across a CIDR of another pool',
    by: 'policy',
    standing: pool('o3-old', ['10.12.0.0/24']),
    object: pool('o3-new', ['10.12.0.255-10.12.1.9']),
    message: both('o3-new', 'o3-old'),
  },
  {
    title: 'a range across a range of another pool',
    by: 'policy',
    standing: pool('o4-old', ['10.13.0.0-10.13.0.9']),
    object: pool('o4-new', ['10.13.0.9-10.13.0.20']),
    message: both('o4-new', 'o4-old'),
  },
  {
    title: 'ranges that only touch',
    by: 'nobody',
    standing: pool('o5-old', ['10.14.0.0-10.14.0.9']),
    object: pool('o5-new', ['10.14.0.10-10.14.0.20', '10.14.1.0/24']),
  },
  {
    title: 'all of IPv4 beside a pool of it',
    by: 'policy',
    standing: pool('o6-old', ['10.15.0.0/24']),
    object: pool('o6-new', ['0.0.0.0/0']),
    message: /spec\.addresses of IPAddressPool o6-new overlap those of IPAddressPool /,
  },
  {
    title: 'an IPv6 CIDR within that of another pool',
    by: 'policy',
    standing: pool('o7-old', ['fd00:10::/32']),
    object: pool('o7-new', ['fd00:10:7::/64']),
    message: both('o7-new', 'o7-old'),
  },
  {
    title: 'an IPv6 range across a CIDR of another pool',
    by: 'verdict',
    standing: pool('o8-old', ['fd00:11::/64']),
    object: pool('o8-new', ['fd00:11::1-fd00:11::9']),
  },
]

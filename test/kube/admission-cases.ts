// What MetalLB's webhooks refuse, row by row, and who decides it here: the schema, a ValidatingAdmissionPolicy, or only a
// verdict of the reconcilers on the object. Whatever is refused, the reconcilers must object to as well: an object may be
// older than the policies, or come beside another one in the same moment.
// Rows do not touch each other: each has addresses and names of its own.

import { advertisementCases } from './admission-cases/advertisements.ts'
import { communityCases } from './admission-cases/communities.ts'
import { overlapCases } from './admission-cases/overlaps.ts'
import { peerCases } from './admission-cases/peers.ts'
import { poolCases } from './admission-cases/pools.ts'
import type { Case } from './admission-cases/case.ts'

export const admissionCases: readonly Case[] = [
  ...poolCases,
  ...overlapCases,
  ...advertisementCases,
  ...peerCases,
  ...communityCases,
]

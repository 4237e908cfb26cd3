// The table of reasons: every word that explains why something is not so, with its cause and its cure. The rows stand in
// reasons/, one file a topic. docs/reasons.md is generated from it (hack/generate-reasons.ts); a test compares the two.
import { allocationReasons } from './reasons/allocation.ts'
import { announcementReasons } from './reasons/announcement.ts'
import { electionReasons } from './reasons/election.ts'
import { goodReasons } from './reasons/good.ts'
import { objectReasons } from './reasons/object.ts'
import { observationReasons } from './reasons/observation.ts'
import { peerReasons } from './reasons/peer.ts'

export const reasonsByTopic = {
  allocation: allocationReasons,
  announcement: announcementReasons,
  election: electionReasons,
  peer: peerReasons,
  object: objectReasons,
  observation: observationReasons,
  good: goodReasons,
} as const

export type Topic = keyof typeof reasonsByTopic

export const reasons = {
  ...allocationReasons,
  ...announcementReasons,
  ...electionReasons,
  ...peerReasons,
  ...objectReasons,
  ...observationReasons,
  ...goodReasons,
} as const

export type Reason = keyof typeof reasons

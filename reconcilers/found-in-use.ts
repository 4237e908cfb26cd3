// What the status of a pool says of addresses that other machines use: enough for who comes after the speaker that found
// them, and written seldom, for every speaker watches it.
import type { FoundInUse } from '../crds/pool-findings.ts'

/** What was seen longest ago is left out first. */
const mostFound = 256

/** Each is asked for every five minutes, at another moment: their times are written together, so seldom. */
const renewAfterMs = 5 * 60_000

/** `standing` where it says the same but for moments that are near. */
export function foundToWrite(
  found: readonly FoundInUse[],
  standing: readonly FoundInUse[],
): readonly FoundInUse[] {
  const now = newest(found).toSorted((a, b) => (a.address < b.address ? -1 : 1))
  const isSame =
    now.length === standing.length && now.every((one, index) => saysTheSame(one, standing[index]))
  return isSame ? standing : now
}

function newest(found: readonly FoundInUse[]): readonly FoundInUse[] {
  if (found.length <= mostFound) return found
  return found.toSorted((a, b) => Date.parse(b.lastSeen) - Date.parse(a.lastSeen)).slice(0, mostFound)
}

function saysTheSame(now: FoundInUse, before: FoundInUse | undefined): boolean {
  return (
    before !== undefined &&
    now.address === before.address &&
    now.mac === before.mac &&
    now.interfaceName === before.interfaceName &&
    now.reportedBy === before.reportedBy &&
    Date.parse(now.lastSeen) < Date.parse(before.lastSeen) + renewAfterMs
  )
}

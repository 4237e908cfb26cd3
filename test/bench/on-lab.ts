// The lab for a bench: started under an id of its own, and taken down in whatever way the bench ends.
import type { Lab, LabOptions } from '../../hack/lab/lab.ts'
import { startLab } from '../../hack/lab/lab.ts'
import { createBackends, createPool } from '../../hack/lab/objects.ts'
import { claimLab, releaseLab } from '../../hack/lab/state.ts'
import { say } from './figure.ts'

/** By it takeDown() of the lab finds what a bench left that was killed. */
export const labOfBenches = 'bench'

/** `perform` finds a pool with its advertisement, a backend on each node, and a speaker on each. */
export async function onLab(
  perform: (lab: Lab) => Promise<void>,
  options: Pick<LabOptions, 'bgp'> = {},
): Promise<void> {
  claimLab(labOfBenches)
  const starting = startLab({ id: labOfBenches, say, ...options })
  const interrupted = new Promise<never>((_, reject) => {
    process.once('SIGTERM', () => reject(new Error('asked to end')))
  })
  try {
    const lab = await starting
    await createPool(lab.api)
    await createBackends(lab.api)
    await Promise.race([perform(lab), interrupted])
  } finally {
    await starting.then(
      (lab) => lab.stop(),
      () => undefined, // it has tidied up itself
    )
    releaseLab(labOfBenches)
  }
}

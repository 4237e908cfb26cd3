// The samples of test/kube/samples: manifests as users have them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { isRecord } from './dig.ts'

export const samplesFolder = join(import.meta.dirname, '../kube/samples')

export type Sample = { readonly file: string; readonly object: Readonly<Record<string, unknown>> }

/** Every object of every file. */
export function readSamples(): readonly Sample[] {
  return readdirSync(samplesFolder)
    .toSorted()
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(samplesFolder, file), 'utf8')).map((document) => {
        const object: unknown = document.toJS()
        if (!isRecord(object)) throw new Error(`${file} holds something that is no object`)
        return { file, object }
      }),
    )
}

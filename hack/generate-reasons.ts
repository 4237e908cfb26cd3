// Writes docs/reasons.md from the table of reasons: node hack/generate-reasons.ts
// reconcilers/reasons.test.ts fails when the two do not agree.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reasonsByTopic } from '../reconcilers/reasons.ts'
import type { Topic } from '../reconcilers/reasons.ts'

/** In the order of the page. */
const headings = [
  ['allocation', 'Why a Service has no address, or not the one it asks for'],
  ['announcement', 'Why nobody announces a Service'],
  ['election', 'Why one node does not announce a Service'],
  ['peer', 'Why a node keeps no BGP session, or not all of it'],
  ['object', 'What is wrong in a pool or an advertisement'],
  ['observation', 'What is seen of an address by the node that announces it'],
  ['good', 'When all is well'],
] as const satisfies readonly (readonly [Topic, string])[]

const introduction = `# Reasons

Herald is never silent without a reason. Each reason is one word in CamelCase; the same word stands in the condition of
the object, in its event, in the log, in the metric and in \`herald explain\`.

This page is made from the tables in \`reconcilers/reasons/\` by \`node hack/generate-reasons.ts\`.
`

/** The whole page. */
export function reasonsPage(): string {
  const sections = headings.map(([topic, heading]) => {
    const lines = Object.entries(reasonsByTopic[topic]).map(
      ([reason, { cause, cure }]) => `| \`${reason}\` | ${cause} | ${cure} |`,
    )
    return `## ${heading}\n\n| reason | cause | cure |\n| --- | --- | --- |\n${lines.join('\n')}\n`
  })
  return [introduction, ...sections].join('\n')
}

export const reasonsFile = join(import.meta.dirname, '..', 'docs', 'reasons.md')

if (import.meta.main) writeFileSync(reasonsFile, reasonsPage())

// herald explain service: every check of one Service, or which one may have been meant.
import { explainService } from '../../reconcilers/explain.ts'
import { everyService } from '../../reconcilers/flaws.ts'
import { see } from './access.ts'
import type { ClusterOptions, Seen } from './access.ts'
import { formatExplanation, isWell } from './explain.ts'
import { Mistake } from './failure.ts'
import { orMeant, similarKeys } from './similar.ts'
import { writeLines } from './terminal.ts'
import type { Terminal } from './terminal.ts'

export type ExplainOptions = ClusterOptions & { readonly output: 'text' | 'json' }

/** As kubectl calls them. */
const words = ['service', 'services', 'svc']

/** Resolves with whether the Service has what it asks for and is announced. */
export async function explain(
  kind: string,
  name: string,
  { options, terminal }: { readonly options: ExplainOptions; readonly terminal: Terminal },
): Promise<boolean> {
  if (!words.includes(kind))
    throw new Mistake(`${kind} cannot be explained: herald explain service NAMESPACE/NAME`)
  if (!/^([^/]+\/)?[^/]+$/.test(name))
    throw new Mistake(`"${name}" is no name of a Service: write NAMESPACE/NAME`)
  const seen = await see(options, terminal)
  const key = name.includes('/') ? name : `${seen.home}/${name}`
  const explanation = explainService(seen.snapshot, key, seen.reports)
  if (explanation === undefined) throw new Mistake(noSuchService(key, seen))
  const text =
    options.output === 'json' ? JSON.stringify(explanation, undefined, 2) : formatExplanation(explanation)
  await writeLines(terminal, [text])
  return isWell(explanation)
}

function noSuchService(key: string, { snapshot }: Seen): string {
  const known = everyService(snapshot).map((service) => service.key)
  const [namespace = ''] = key.split('/')
  const where = snapshot.namespaces.has(namespace) ? '' : `, nor a namespace ${namespace}`
  return `there is no Service ${key}${where}${orMeant(similarKeys(key, known))}`
}

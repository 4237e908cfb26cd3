// The value of a label that names a node: as the node's name, which may be longer than a label (63 characters).
import { hash } from 'node:crypto'

const longest = 63
const hashLength = 16

/** A long name is cut, and told apart by its hash. */
export function nodeLabel(node: string): string {
  if (node.length <= longest) return node
  return `${node.slice(0, longest - hashLength - 1)}-${hash('sha256', node).slice(0, hashLength)}`
}

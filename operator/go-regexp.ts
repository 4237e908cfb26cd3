// A regular expression of Go (https://pkg.go.dev/regexp/syntax) in JavaScript's words: files that were made for MetalLB have
// them. Most are the same; what JavaScript reads as something else, or not at all, is rewritten. Asked is only whether
// a name matches, so that which of several matches Go prefers is of no matter.

/** Throws a SyntaxError for what Go would refuse, and for what JavaScript has no words for (\p, \C). */
export function fromGo(expression: string): RegExp {
  const groups: Group[] = [{ modifiers: [] }]
  let source = ''
  for (let at = 0; at < expression.length; ) {
    const { text, write } = tokenAt(expression, at)
    at += text.length
    source += write(text, groups)
  }
  return new RegExp(source + closing(groups[0]))
}

/** What stands between two brackets, and the `(?i:` that were opened in it for a `(?i)`, which holds to its end. */
type Group = { readonly modifiers: string[] }

type Rule = { readonly pattern: RegExp; readonly write: (text: string, groups: Group[]) => string }

/** The first that fits; all are sticky. */
const rules: readonly Rule[] = [
  { pattern: /\\Q([\s\S]*?)(?:\\E|$)/y, write: (text) => literal(text.slice(2).replace(/\\E$/, '')) },
  { pattern: /\\x\{[0-9A-Fa-f]{1,4}\}|\\[\s\S]?/y, write: escape },
  { pattern: /\[\^?\]?(?:\[:\^?[a-z]+:\]|\\[\s\S]|[^\]\\])*\]/y, write: characterClass },
  { pattern: /\(\?[imsU-]+\)/y, write: openModifier },
  { pattern: /\((?:\?(?:P?<\w+>|[imsU-]*:))?(?!\?)/y, write: openGroup },
  { pattern: /\)/y, write: closeGroup },
  { pattern: /\|/y, write: alternative },
  { pattern: /[^([]/y, write: (text) => text },
]

type Token = { readonly text: string; readonly write: Rule['write'] }

function tokenAt(expression: string, at: number): Token {
  for (const { pattern, write } of rules) {
    pattern.lastIndex = at
    const text = pattern.exec(expression)?.[0]
    if (text !== undefined && text !== '') return { text, write }
  }
  throw new SyntaxError(`Go does not know ${expression.slice(at, at + 4)}`)
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

const escapes: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])', // the beginning and the end of the text, whether (?m) or not
  z: '(?![\\s\\S])',
  a: '\\x07',
}

function escape(text: string): string {
  const [, letter = ''] = text
  if (text.startsWith('\\x{')) return `\\u${text.slice(3, -1).padStart(4, '0')}`
  if (/[bBdDsSwWtnrfvx]/.test(letter) || /[^0-9A-Za-z]/.test(letter)) return text
  const written = escapes[letter]
  if (written === undefined) throw new SyntaxError(`\\${letter} is not known here`)
  return written
}

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
}

/** Go takes a `]` that comes first for itself, and knows POSIX classes. */
function characterClass(text: string): string {
  const [, start = '', body = ''] = /^(\[\^?)([\s\S]*)\]$/.exec(text) ?? []
  const inner = body
    .replace(/^\]/, '\\]')
    .replace(/\[:(\^?[a-z]+):\]|\\x\{[0-9A-Fa-f]{1,4}\}|\\[\s\S]/g, (part, name?: string) =>
      name === undefined ? escapeInClass(part) : posixClass(name),
    )
  return `${start}${inner}]`
}

function posixClass(name: string): string {
  const ranges = posixClasses[name]
  if (ranges === undefined) throw new SyntaxError(`[:${name}:] is not known here`)
  return ranges
}

function escapeInClass(text: string): string {
  if (/^\\[AzbB]/.test(text)) throw new SyntaxError(`${text} stands for no character`)
  return escape(text)
}

/** `(?i)` holds to the end of its group: JavaScript has only `(?i:…)`. */
function openModifier(text: string, groups: Group[]): string {
  const modifier = `(?${flagsOf(text.slice(2, -1))}:`
  groups.at(-1)?.modifiers.push(modifier)
  return modifier
}

function openGroup(text: string, groups: Group[]): string {
  groups.push({ modifiers: [] })
  if (text.endsWith('>')) return text.replace('?P<', '?<')
  return text.endsWith(':') ? `(?${flagsOf(text.slice(2, -1))}:` : text
}

function closeGroup(_: string, groups: Group[]): string {
  if (groups.length === 1) throw new SyntaxError('unmatched )')
  return `${closing(groups.pop())})`
}

/** The bar divides the whole group, and the flags hold on behind it. */
function alternative(_: string, groups: Group[]): string {
  const group = groups.at(-1)
  return `${closing(group)}|${group?.modifiers.join('') ?? ''}`
}

function closing(group: Group | undefined): string {
  return ')'.repeat(group?.modifiers.length ?? 0)
}

/** U, which match is preferred, is left out. */
function flagsOf(text: string): string {
  const [on = '', off = ''] = text.split('-').map((part) => [...new Set(part.replaceAll('U', ''))].join(''))
  return off === '' ? on : `${on}-${off}`
}

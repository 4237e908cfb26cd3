// Expressions of Go, against what Go's regexp.MatchString says of the same names.
import { expect } from 'chai'
import { fromGo } from './go-regexp.ts'

const names = ['eth0', 'ETH0', 'Veth1a', 'veth1a', 'br-lan', 'BR-LAN', 'a.b', 'a]b', 'lo', 'x1', '']

/** Expression → the names that match: what regexp.MustCompile(expression).MatchString(name) of Go 1.24 says. */
const vectors: readonly (readonly [expression: string, matching: readonly string[]])[] = [
  ['^veth.*', ['veth1a']],
  ['(?i)^veth', ['Veth1a', 'veth1a']],
  ['^(?i)eth|LO', ['eth0', 'ETH0', 'lo']],
  ['e(?i)TH0|lO', ['eth0', 'lo']],
  ['(?i:ETH)0', ['eth0', 'ETH0']],
  ['((?i)eth)0', ['eth0', 'ETH0']],
  ['((?i)b|v)R|ETH', ['ETH0', 'BR-LAN']],
  ['(?i)eth(?-i)0|LO', ['eth0', 'ETH0']],
  ['(?U)^e.*', ['eth0']],
  ['(?iU)^E.*', ['eth0', 'ETH0']],
  ['(?s-i)lo', ['lo']],
  ['\\Aeth0\\z', ['eth0']],
  ['(?m)\\Alo\\z', ['lo']],
  ['(?P<n>eth)\\d', ['eth0', 'Veth1a', 'veth1a']],
  ['\\Qa.b\\E', ['a.b']],
  ['\\Qa.b', ['a.b']],
  ['[[:alpha:]]{3}[[:digit:]]', ['eth0', 'ETH0', 'Veth1a', 'veth1a']],
  ['[[:upper:]]', ['ETH0', 'Veth1a', 'BR-LAN']],
  ['[^[:lower:]]', ['eth0', 'ETH0', 'Veth1a', 'veth1a', 'br-lan', 'BR-LAN', 'a.b', 'a]b', 'x1']],
  ['[]]', ['a]b']],
  ['[^]a-zA-Z0-9]', ['br-lan', 'BR-LAN', 'a.b']],
  ['a\\x{5d}b', ['a]b']],
  ['[\\x{5d}]', ['a]b']],
  ['^$', ['']],
  ['-(?i)lan', ['br-lan', 'BR-LAN']],
  ['(?i)', names],
  ['(?i)(?-i)ETH|lo', ['ETH0', 'lo']],
  ['a{,2}b', []],
  ['[a-c\\-]\\.', ['a.b']],
]

describe('regular expressions of Go', () => {
  for (const [expression, matching] of vectors)
    it(`${expression} matches ${matching.join(', ') || 'nothing'}`, () => {
      const pattern = fromGo(expression)
      expect(names.filter((name) => pattern.test(name))).to.deep.equal(matching)
    })

  for (const refused of [
    '(',
    ')',
    '[',
    '(?=a)',
    '(?<!a)',
    '(?z)',
    '\\1',
    '\\pL',
    '\\C',
    '\\Z',
    '*',
    'a\\',
    '[[:no:]]',
    '[\\b]',
  ])
    it(`${refused} is refused`, () => {
      expect(() => fromGo(refused)).to.throw(SyntaxError)
    })
})

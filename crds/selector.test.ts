import { expect } from 'chai'
import { labelKeyProblem, labelValueProblem } from './labels.ts'
import { topOf } from './read.ts'
import { anySelectorMatches, readSelector, readSelectors, selectorMatches } from './selector.ts'

function matches(raw: unknown, labels: Readonly<Record<string, string>>): boolean {
  const place = topOf(raw)
  const selector = readSelector(place)
  expect(place.objections).to.deep.equal([])
  return selector !== undefined && selectorMatches(selector, labels)
}

function fieldsOf(raw: unknown): readonly string[] {
  const place = topOf(raw)
  expect(readSelector({ ...place, path: 's' })).to.equal(undefined)
  return place.objections.map(({ field }) => field)
}

function listObjections(raw: unknown): readonly string[] {
  const place = topOf(raw)
  readSelectors({ ...place, path: 'list' })
  return place.objections.map(({ field }) => field)
}

const zone = (operator: string, values?: readonly unknown[]) => ({
  matchExpressions: [{ key: 'zone', operator, ...(values === undefined ? {} : { values }) }],
})

describe('selector', () => {
  it('an empty selector matches everything', () => {
    expect(matches({}, {})).to.equal(true)
    expect(matches({ matchLabels: {}, matchExpressions: [] }, { a: 'b' })).to.equal(true)
  })

  it('all parts of a selector must hold', () => {
    const raw = { matchLabels: { app: 'web', tier: '' }, ...zone('In', ['a', 'b']) }
    expect(matches(raw, { app: 'web', tier: '', zone: 'b' })).to.equal(true)
    expect(matches(raw, { app: 'web', tier: '', zone: 'c' })).to.equal(false)
    expect(matches(raw, { app: 'web', zone: 'b' })).to.equal(false)
  })

  for (const [operator, values, present, other, absent] of [
    ['In', ['a'], true, false, false],
    ['NotIn', ['a'], false, true, true],
    ['Exists', undefined, true, true, false],
    ['DoesNotExist', undefined, false, false, true],
  ] as const) {
    it(`${operator} decides on the value, another value and no value as Kubernetes does`, () => {
      const raw = zone(operator, values)
      expect([{ zone: 'a' }, { zone: 'z' }, {}].map((labels) => matches(raw, labels))).to.deep.equal([
        present,
        other,
        absent,
      ])
    })
  }

  it('a label named like a method of every object is a label like any other', () => {
    expect(matches({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {})).to.equal(false)
  })

  it('a list of selectors matches where one of them does', () => {
    const selectors = readSelectors(topOf([{ matchLabels: { a: '1' } }, { matchLabels: { a: '2' } }]))
    expect(anySelectorMatches(selectors, { a: '2' })).to.equal(true)
    expect(anySelectorMatches(selectors, { a: '3' })).to.equal(false)
  })

  for (const [words, raw, field] of [
    ['no object', 'app=web', 's'],
    ['a list', [], 's'],
    ['labels that are no map', { matchLabels: ['a'] }, 's.matchLabels'],
    ['a label value that is no string', { matchLabels: { a: 1 } }, 's.matchLabels[a]'],
    ['a label key with a space', { matchLabels: { 'a b': 'c' } }, 's.matchLabels[a b]'],
    ['a label value with a slash', { matchLabels: { a: 'b/c' } }, 's.matchLabels[a]'],
    ['expressions that are no list', { matchExpressions: {} }, 's.matchExpressions'],
    [
      'an expression without a key',
      { matchExpressions: [{ operator: 'Exists' }] },
      's.matchExpressions[0].key',
    ],
    ['an unknown operator', zone('Gt', ['1']), 's.matchExpressions[0].operator'],
    ['no operator', { matchExpressions: [{ key: 'a' }] }, 's.matchExpressions[0].operator'],
    ['In without values', zone('In'), 's.matchExpressions[0].values'],
    ['NotIn without values', zone('NotIn', []), 's.matchExpressions[0].values'],
    ['Exists with values', zone('Exists', ['a']), 's.matchExpressions[0].values'],
    ['a value that is no string', zone('In', [5]), 's.matchExpressions[0].values[0]'],
    ['a value that no label can have', zone('In', ['-']), 's.matchExpressions[0].values[0]'],
  ] as const) {
    it(`${words} is refused, with the place`, () => {
      expect(fieldsOf(raw)).to.deep.equal([field])
    })
  }

  it('a flawed selector in a list matches nothing, so that the list does not come to mean all', () => {
    for (const raw of [[{ matchLabels: { 'a b': 'c' } }], 'everything', [null]]) {
      const selectors = readSelectors(topOf(raw))
      expect(selectors).to.have.length(1)
      expect(anySelectorMatches(selectors, { a: 'b' })).to.equal(false)
    }
  })

  for (const [words, raw, field] of [
    [
      'the same selector',
      [{ matchLabels: { a: '1', b: '2' } }, { matchLabels: { b: '2', a: '1' } }],
      'list[1]',
    ],
    ['the same but for the order of values', [zone('In', ['a', 'b']), zone('In', ['b', 'a'])], 'list[1]'],
    ['a value', [zone('In', ['a', 'a'])], 'list[0].matchExpressions[0].values[1]'],
    [
      'an expression',
      [{ matchExpressions: [...zone('Exists').matchExpressions, ...zone('Exists').matchExpressions] }],
      'list[0].matchExpressions[1]',
    ],
  ] as const) {
    it(`${words} twice is refused`, () => {
      expect(listObjections(raw)).to.deep.equal([field])
    })
  }

  it('two selectors that say the same in other words are taken, as in MetalLB', () => {
    expect(listObjections([{ matchLabels: { zone: 'a' } }, zone('In', ['a'])])).to.deep.equal([])
  })

  it('label keys and values are judged as the API server judges them', () => {
    for (const key of ['a', 'A_b.c-1', 'example.com/a', 'a'.repeat(63)])
      expect(labelKeyProblem(key)).to.equal(undefined)
    for (const key of [
      '',
      '-a',
      'a-',
      'a/b/c',
      '/a',
      'a/',
      'Example.com/a',
      'a'.repeat(64),
      `${'a'.repeat(254)}/b`,
    ])
      expect(labelKeyProblem(key)).to.be.a('string')
    for (const value of ['', 'a', '1.2_3-4', 'a'.repeat(63)])
      expect(labelValueProblem(value)).to.equal(undefined)
    for (const value of ['-', 'a b', 'ä', 'a'.repeat(64), 'a\n'])
      expect(labelValueProblem(value)).to.be.a('string')
  })
})

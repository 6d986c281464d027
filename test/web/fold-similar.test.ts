/** Folding what is alike: never more than is alike, and under nothing that is not true of all. */
import type { JsonObject } from '@countersign/verifier'
import { html } from 'hono/html'
import { jsx } from 'hono/jsx'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../src/domain/approval/approval-request.ts'
import { newSeries } from '../../src/domain/approval/series.ts'
import {
  differencesAmong,
  foldSimilar,
  gravestEffect,
  sharedSentence,
  touchedBy,
} from '../../src/web/requests/fold-similar.ts'
import { GroupSummary } from '../../src/web/requests/group-summary.tsx'
import { NOW, request } from '../domain/approval/sample.ts'

const SERIES = newSeries({ arguments: {}, uses: 3 })

let base: ApprovalRequest
beforeAll(async () => {
  base = await request()
})

const made = (more: Partial<ApprovalRequest>, args: Record<string, string | number> = {}): ApprovalRequest => ({
  ...base,
  id: crypto.randomUUID(),
  catalogueEntry: { name: 'forum.post', effect: 'write', reversible: true, title: 'Post in {board}, thread {thread}' },
  action: { name: 'forum.post', resource: 'forum:eng', arguments: { board: 'eng', thread: 42, ...args }, salt: '' },
  ...more,
})
const acting = (name: string, value: string): Partial<ApprovalRequest> => ({
  action: {
    name: 'forum.post',
    resource: 'forum:eng',
    arguments: { board: 'eng', thread: 42, [name]: value },
    salt: '',
  },
})
const words = (requests: readonly ApprovalRequest[]) =>
  sharedSentence(requests)
    .map(({ text }) => text)
    .join('')

describe('what a call touches', () => {
  const catalogueEntry = { name: 'files.write_file', effect: 'write' } as const
  const action = { name: 'files.write_file', resource: 'file:/a', arguments: { path: '/a', text: 'x' }, salt: '' }

  it.each<[string, string, Partial<ApprovalRequest>]>([
    [
      'the values of its sentence',
      '/a',
      { catalogueEntry: { ...catalogueEntry, phrase: 'write_file (files)[: {path}]' } },
    ],
    ['its resource where that names none', 'file:/a', { catalogueEntry: { ...catalogueEntry, title: 'Write' } }],
    ['nothing once it was erased', '', { catalogueEntry, action: null }],
  ])('is %s', (_, words, more) => {
    expect(touchedBy(made({ action, ...more }))).toBe(words)
  })
})

describe('the row of a group', () => {
  /** Its lines about targets, as text. */
  const lines = (...boards: readonly string[]): string[] => {
    const requests = boards.map((board) => (board === '' ? made({ action: null }) : made({}, { board })))
    const row = jsx(GroupSummary, { requests, stopped: 0, nameOf: (id: string) => id, isOneOfPages: false, now: NOW })
    const found = String(html`${row}`).matchAll(
      /<span class="block">(.*?)<\/bdi>|<span class="block">(and .*?)<\/span>/g,
    )
    return [...found].map(([, target, more]) =>
      (target ?? more ?? '')
        .replace(/<[^>]+>/g, ' ')
        .trim()
        .replace(/ +/g, ' '),
    )
  }

  it.each<[string, readonly string[], readonly string[]]>([
    ['one of each', ['a', 'b'], ['a, 42', 'b, 42']],
    ['several of some', ['a', 'b', 'a', 'c', 'a'], ['3 a, 42', 'b, 42', 'c, 42']],
    ['more than three', ['a', 'a', 'b', 'c', 'd', 'd', 'e'], ['2 a, 42', 'b, 42', 'c, 42', 'and 3 more requests']],
    ['some whose texts were erased', ['a', '', 'b', ''], ['a, 42', 'b, 42', 'and 2 more requests']],
    ['one alone', ['a', 'a'], []],
  ])('names targets with numbers that add up to the group: %s', (_, boards, expected) => {
    expect(lines(...boards)).toEqual(expected)
  })
})

describe('a fold', () => {
  it('is of one agent, one action and one executor, in the place of its first', () => {
    const all = [
      made({ agent: 'a' }),
      made({ agent: 'b' }),
      made({ agent: 'a', principal: 'somebody' }),
      made({ agent: 'a', name: 'forum.delete' }),
      made({ agent: 'a', audience: 'https://other.example' }),
      made({ agent: 'a', series: SERIES }),
    ]
    const folds = foldSimilar(all)
    expect(folds.map(({ requests }) => requests)).toEqual([[all[0], all[2]], [all[1]], [all[3]], [all[4]], [all[5]]])
    expect(new Set(folds.map(({ key }) => key)).size).toBe(5)
  })

  it.each<[string, Partial<ApprovalRequest>]>([
    ['cannot be undone', { catalogueEntry: { name: 'forum.post', effect: 'write', reversible: false } }],
    [
      'destroys, and nobody says that it can be undone',
      { catalogueEntry: { name: 'forum.post', effect: 'destructive' } },
    ],
    ['conceals something in its sentence', acting('board', 'en\u200bg')],
    ['imitates letters in its sentence', acting('board', 'p\u0430ypal')],
    ['conceals something in a further argument of its sentence', acting('thread', '\u202e42')],
  ])('never holds what %s', (_, odd) => {
    const plain = [made({}), made({}), made({})]
    const apart = [made(odd), made(odd)]
    const [first, second] = apart
    const folds = foldSimilar([...plain.slice(0, 1), ...apart, ...plain.slice(1)])
    expect(folds.map(({ requests }) => requests)).toEqual([plain, [first], [second]])
  })

  it('holds what destroys and can be undone', () => {
    const entry = { name: 'forum.post', effect: 'destructive', reversible: true } as const
    expect(foldSimilar([made({ catalogueEntry: entry }), made({ catalogueEntry: entry })])).toHaveLength(1)
  })

  it('says of its members only what is true of each', () => {
    expect(words([made({}), made({})])).toBe('Post in eng, thread 42')
    expect(words([made({}), made({}, { thread: 43 })])).toBe('Post in eng, thread …')
    expect(words([made({}), made({ action: null })])).toBe('Run forum.post')
    const other = { ...base.catalogueEntry, title: 'Post to {board}, thread {thread}' }
    expect(words([made({}), made({ catalogueEntry: other })])).toBe('…eng, thread 42')
    const bare = { ...base.catalogueEntry, title: '{board} {thread}' }
    const [one, two] = [{ board: 'eng' }, { board: 'ops', thread: 43 }]
    expect(words([made({ catalogueEntry: bare }, one), made({ catalogueEntry: bare }, two)])).toBe('Run forum.post')
  })

  it('keeps the words of a phrase whose values differ', () => {
    const phrase = 'Pay {amount} to {to}[ for {invoices}] at once'
    const catalogueEntry = { name: 'bank.pay', effect: 'write', phrase } as const
    const paying = (args: JsonObject) =>
      made({ catalogueEntry, action: { name: 'bank.pay', resource: 'bank', arguments: args, salt: '' } })
    const [bob, eve] = [paying({ amount: 1, to: 'bob' }), paying({ amount: 2, to: 'eve' })]
    expect(words([bob, eve])).toBe('Pay … to … at once')
    const several = paying({ amount: 1, to: 'eve', invoices: ['a', 'b'] })
    expect(words([bob, several])).toBe('Pay 1 to … at once')
    expect(words([bob, several, eve])).toBe('Pay … at once')
  })

  it('shows of each member what the others do not share', () => {
    const [one, two] = [made({}, { text: 'One' }), made({}, { text: 'Two', note: 'x' })]
    expect(differencesAmong([one, two])(one)).toBe('text: One')
    expect(differencesAmong([one, two])(two)).toBe('text: Two, note: x')
    expect(differencesAmong([one])(one)).toBe('')
    expect(differencesAmong([one, two])(made({ action: null }))).toBe('')
  })

  it('looks as grave as its gravest', () => {
    const grave = made({ catalogueEntry: { name: 'forum.post', effect: 'destructive', reversible: false } })
    expect(gravestEffect([made({}), grave, made({})])).toBe('destructive')
    expect(gravestEffect([made({})])).toBe('write')
  })
})

/** Folding what is alike: never more than is alike, and under nothing that is not true of all. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../src/domain/approval/approval-request.ts'
import { differencesAmong, foldSimilar, gravestEffect, sharedSentence } from '../../src/web/requests/fold-similar.ts'
import { request } from '../domain/approval/sample.ts'

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

describe('a fold', () => {
  it('is of one agent, one action and one executor, in the place of its first', () => {
    const all = [
      made({ agent: 'a' }),
      made({ agent: 'b' }),
      made({ agent: 'a', principal: 'somebody' }),
      made({ agent: 'a', name: 'forum.delete' }),
      made({ agent: 'a', audience: 'https://other.example' }),
    ]
    const folds = foldSimilar(all)
    expect(folds.map(({ requests }) => requests)).toEqual([[all[0], all[2]], [all[1]], [all[3]], [all[4]]])
    expect(new Set(folds.map(({ key }) => key)).size).toBe(4)
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
    expect(words([made({}), made({ action: null })])).toBe('…')
    const other = { ...base.catalogueEntry, title: 'Post to {board}, thread {thread}' }
    expect(words([made({}), made({ catalogueEntry: other })])).toBe('…eng, thread 42')
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

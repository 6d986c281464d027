/** The sentence an approver reads: the executor's words and the call's values, told apart. */
import { expect, describe as group, it } from 'vitest'
import { describe, plainText } from '../../../src/domain/action/describe.ts'

const call = {
  name: 'forum.post',
  resource: 'forum:eng/threads/42',
  arguments: { board: 'eng', thread: 42, author: { name: 'Dana', tags: ['a', 'b'] }, 'a.b': 'dotted', notify: true },
}
const say = (title: string | undefined) => plainText(describe({ title }, call))

group('describe', () => {
  it('puts the values of the call into the sentence of the executor', () => {
    expect(describe({ title: 'Publish a reply in {board}, thread {thread}' }, call)).toEqual([
      { from: 'executor', text: 'Publish a reply in ' },
      { from: 'argument', text: 'eng', member: 'board' },
      { from: 'executor', text: ', thread ' },
      { from: 'argument', text: '42', member: 'thread' },
    ])
  })

  it.each([
    ['{author.name} posts', 'Dana posts'],
    ['tag {author.tags.1}', 'tag b'],
    ['all of {author.tags}', 'all of ["a","b"]'],
    ['{a.b}', 'dotted'],
    ['notify: {notify}', 'notify: true'],
    ['{board}{board}', 'engeng'],
    ['no placeholder', 'no placeholder'],
    ['{ not one } {}', '{ not one } {}'],
  ])('reads %s', (title, sentence) => {
    expect(say(title)).toBe(sentence)
  })

  it.each(['{missing}', '{author.age}', '{board.length}', '{toString}', '{__proto__}', '{author.tags.9}'])(
    'says that %s is not given',
    (title) => {
      expect(describe({ title }, call)).toMatchObject([{ from: 'missing', member: title.slice(1, -1) }])
    },
  )

  it.each([undefined, '', '   '])('has a general sentence where the executor offers none (%j)', (title) => {
    expect(describe({ title }, call)[0]).toEqual({ from: 'executor', text: 'Run ' })
    expect(say(title)).toBe('Run forum.post on forum:eng/threads/42')
  })

  it('never lets a value open a placeholder of its own', () => {
    const nested = { ...call, arguments: { board: '{thread}', thread: 'secret' } }
    expect(plainText(describe({ title: 'In {board}' }, nested))).toBe('In {thread}')
  })

  it('cuts nothing', () => {
    const long = 'x'.repeat(60_000)
    expect(plainText(describe({ title: '{text}' }, { ...call, arguments: { text: long } }))).toBe(long)
  })
})

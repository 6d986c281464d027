/** Drafts of every bad kind: each is told where it is wrong, or found harmless; none breaks or holds up what decides. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { createDraftThreads, type DraftThreads } from '../../src/node/drafts/draft-threads.ts'
import { type Cast, propose, startCast } from '../http/cast.ts'
import { mustSucceed } from '../setup/authority.ts'
import { bundled } from '../setup/bundle.ts'

let cast: Cast
let threads: DraftThreads
beforeAll(async () => {
  threads = createDraftThreads(await bundled('src/node/drafts/draft-thread.ts', 'draft-thread'))
  cast = await startCast({ drafts: threads })
})
afterAll(async () => {
  await cast.authority.stop()
  await threads.end()
})

const check = async (text: string) => mustSucceed(await cast.authority.operator.call('checkDraft', { body: { text } }))
const when = (condition: string) => `permit (principal, action, resource) when { ${condition} };`
const repeated = (text: string, count: number, between = ' && ') =>
  Array.from({ length: count }, () => text).join(between)

const REFUSED: readonly (readonly [kind: string, text: string, words: string])[] = [
  ['parentheses', when(`${'('.repeat(100)}true${')'.repeat(100)}`), 'at most 64 deep'],
  ['lists', when(`${'['.repeat(100)}${']'.repeat(100)}.isEmpty()`), 'at most 64 deep'],
  ['records', when(`${'{a: '.repeat(100)}1${'}'.repeat(100)} == context`), 'at most 64 deep'],
  ['a chain of &&', when(repeated('true', 500)), 'at most 150 operators'],
  ['a chain of has', when(repeated('context has a', 200, ' || ')), 'at most 150 operators'],
  ['a chain of in', when(repeated('principal in resource', 200)), 'at most 150 operators'],
  ['a chain of like', when(repeated('context.effect like "*a*a*a*"', 200)), 'at most 150 operators'],
  ['a chain of if', when(`${'if true then '.repeat(200)}true${' else false'.repeat(200)}`), 'at most 150 operators'],
  ['a chain of !', when(`${'!'.repeat(200)}true`), 'at most 150 operators'],
  ['a chain of -', when(`${'-'.repeat(200)}1 == 1`), 'at most 150 operators'],
  ['a chain of members', when(`context${'.a'.repeat(200)} == 1`), 'at most 150 operators'],
  ['a chain of indexes', when(`context${'["a"]'.repeat(200)} == 1`), 'at most 150 operators'],
  [
    'a chain of conditions',
    `permit (principal, action, resource)${' when { true }'.repeat(200)};`,
    'at most 150 operators',
  ],
  ['a long list', when(`[${'1,'.repeat(3_000)}1].contains(1)`), 'at most 4,000 words and signs'],
  ['a long record', when(`{${'a: 1, '.repeat(1_500)}b: 1}.b == 1`), 'at most 4,000 words and signs'],
  ['many policies', repeated('permit(principal,action,resource);', 5_000, ''), 'at most 2,000 policies'],
  ['a long policy', when(`context.effect == "${'x'.repeat(70_000)}"`), 'at most 65,536 characters'],
  ['an open text', when('context.effect == "x'), 'has no end'],
  ['an open escape', 'permit (principal, action, resource) when { "\\', 'has no end'],
  ['a bad escape', when('context.effect == "\\u{110000}"'), '.'],
  ['a surrogate by escape', when('context.effect == "\\u{d800}"'), '.'],
  ['a comment that hides the end', 'permit (principal, action, resource) // ;', 'has no end'],
  ['closing too much', `${when('true')} )`, 'closes nothing'],
  [
    'the same annotation twice',
    '@quorum("1") @quorum("2") @approvers("admin") permit (principal, action, resource);',
    '.',
  ],
  ['an unknown annotation', '@approvrs("admin") permit (principal, action, resource);', 'no annotation @approvrs'],
  ['a name of a prototype', '@constructor("x") permit (principal, action, resource);', 'no annotation @constructor'],
  [
    'contradicting counts',
    '@approvers("admin and approver") @quorum("3") permit (principal, action, resource);',
    'not the sum',
  ],
  [
    'contradicting orders',
    '@approvers("admin") @order("approver") permit (principal, action, resource);',
    'other groups',
  ],
  ['nobody to count', '@quorum("2") permit (principal, action, resource);', 'which is missing'],
  ['a term on a forbid', '@approvers("admin") forbid (principal, action, resource);', 'asks nobody'],
  ['an empty annotation', '@approvers permit (principal, action, resource);', 'no name of a group'],
  ['a huge count', '@approvers("99999999999 admin") permit (principal, action, resource);', '.'],
  [
    'two of one name',
    '@id("a") permit (principal, action, resource);@id("a") permit (principal, action, resource);',
    'Names stand once',
  ],
  ['a fact of nonsense', `// @fact \t${'x'.repeat(10_000)}\n${when('true')}`, 'declares no fact'],
  ['a fact that nobody declares', when('context.history.spent < 5'), 'no @fact line declares'],
  ['a template', 'permit (principal == ?principal, action, resource);', '.'],
  ['an entity of no type', when('principal == Agnt::"a"'), 'Agnt'],
  ['a function that there is not', when('context.effect.matches("(a+)+$")'), '.'],
]

describe('a draft is told where it is wrong, by', () => {
  it.each(REFUSED)('%s', async (_, text, words) => {
    const { problems } = await check(text)
    expect(problems[0]).toMatchObject({
      line: expect.any(Number),
      column: expect.any(Number),
      message: expect.stringContaining(words),
    })
    expect(problems[0]?.message.length).toBeLessThan(1_000)
  })
})

const HARMLESS: readonly (readonly [kind: string, text: string, warnings: number])[] = [
  ['2,000 policies', repeated('permit(principal,action,resource);', 2_000, '\n'), 0],
  [
    '2,000 policies that name nobody',
    Array.from(
      { length: 1_900 },
      (_, n) => `permit(principal,action==Action::"x${n}",resource in Executor::"y");`,
    ).join('\n'),
    20,
  ],
  ['a long list', when(`[${repeated(`"${'x'.repeat(25)}"`, 1_900, ',')}].contains(context.effect)`), 1],
  ['stars', when(`context.effect like "${'*a'.repeat(10_000)}"`), 0],
  ['comments', `${'// "\n'.repeat(20_000)}${when('true')}`, 0],
  ['escapes', when(`context.effect == "${'\\u{1F600}'.repeat(6_000)}"`), 1],
]

describe('a draft is read to its end, of', () => {
  it.each(HARMLESS)('%s', async (_, text, warnings) => {
    const checked = await check(text)
    expect(checked.warnings).toHaveLength(warnings)
    expect(JSON.stringify(checked.warnings).length).toBeLessThan(10_000)
  })

  it('and what decides goes on', async () => {
    expect((await check(DEFAULT_POLICY)).problems).toEqual([])
    await propose(cast.agent)
  })
})

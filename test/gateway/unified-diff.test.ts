/** Diffs that dry runs answer with, read strictly. */
import { createPatch, createTwoFilesPatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDiff } from '../../src/gateway/preview/unified-diff.ts'

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `Line ${from + at}`)
const file = `${lines(1, 60).join('\n')}\n`
const patch = createPatch('notes.txt', file, file.replace('Line 9\n', 'Nine\n').replace('Line 50\n', ''))

describe('a diff', () => {
  it('is its parts, with the lines before and after', () => {
    const [first, second, ...more] = readDiff(patch) ?? expect.fail('none')
    expect(first).toMatchObject({ file: 'notes.txt', from: 5, before: lines(5, 13).join('\n') })
    expect(first?.after?.split('\n')).toEqual([...lines(5, 8), 'Nine', ...lines(10, 13)])
    expect(second?.after?.split('\n')).toHaveLength(8)
    expect(more).toEqual([])
  })

  it('in a fence is the same', () => {
    expect(readDiff(`\`\`\`diff\n${patch}\`\`\`\n\n`)).toEqual(readDiff(patch))
    expect(readDiff(`\`\`\`\`diff\n${patch}\`\`\`\`\n\n`)).toEqual(readDiff(patch))
  })

  it.each([
    ['of a new file', '', 'Made.\n', null, 'Made.'],
    ['of a last line that ends anew', 'End', 'End\n', 'End', 'End\n'],
    ['without last new lines', 'Old', 'New', 'Old', 'New'],
  ])('%s', (_, old, fresh, before, after) => {
    expect(readDiff(createPatch('x', old, fresh))).toMatchObject([{ before, after }])
  })

  it('of a renamed file names both', () => {
    expect(readDiff(createTwoFilesPatch('a', 'b', 'x\n', 'y\n'))).toMatchObject([{ file: 'a → b' }])
  })

  it('has every changed line, whatever the texts are', () => {
    const texts = fc
      .array(fc.constantFrom('a', 'b', '--- a', '+++ b', '@@ -1 +1 @@', '```', ''))
      .map((all) => all.join('\n'))
    fc.assert(
      fc.property(texts, texts, (old, fresh) => {
        const parts = readDiff(createPatch('x', old, fresh, undefined, undefined, { context: 1000 }))
        fc.pre(old !== fresh)
        expect(parts?.map(({ before }) => before?.trimEnd() ?? '')).toEqual([old.trimEnd()])
        expect(parts?.map(({ after }) => after?.trimEnd() ?? '')).toEqual([fresh.trimEnd()])
      }),
    )
  })
})

describe('what is no diff alone is none', () => {
  it.each([
    ['words', 'It would change one file.'],
    ['words before', `Nothing to see.\n${patch}`],
    ['words after', `${patch}And all secrets are sent along.`],
    ['words between parts', patch.replace('@@ -46', 'And more.\n@@ -46')],
    ['more lines than counted', patch.replace('+Nine\n', '+Nine\n+Ten\n')],
    ['fewer lines than counted', patch.replace(' Line 12\n', '')],
    ['no part', patch.slice(0, patch.indexOf('@@'))],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(readDiff(text)).toBeUndefined()
  })
})

describe('a text that is made to take long', () => {
  const ticks = (count: number) => '`'.repeat(count)
  const head = '--- a\n+++ a\n'
  const parts = (count: number) => '@@ -1 +1 @@\n-a\n+b\n'.repeat(count)

  it.each<[string, string, boolean]>([
    ['a fence of many ticks', `${ticks(100_000)}diff\n${ticks(200_000)}`, false],
    ['many ticks without a fence', ticks(900_000), false],
    ['many empty lines', `${head}${parts(1)}${'\n'.repeat(900_000)}x`, false],
    [
      'many parts of a long text',
      `${head}${parts(99)}@@ -1,19000 +1 @@\n${`-${'a'.repeat(49)}\n`.repeat(19_000)}+b`,
      true,
    ],
    ['more than 20,000 lines', `${head}@@ -1,20000 +1 @@\n${'-a\n'.repeat(20_000)}+b`, false],
    ['many parts before what is none', `${head}${parts(99)}${'x\n'.repeat(400_000)}`, false],
    ['parts beyond a million characters', `${head}@@ -1,400000 +1 @@\n${'-a\n'.repeat(400_000)}+b`, false],
  ])('%s', (_, text, isDiff) => {
    const { user } = process.cpuUsage()
    expect(readDiff(text) !== undefined).toBe(isDiff)
    expect(process.cpuUsage().user - user).toBeLessThan(1_000_000)
  })
})

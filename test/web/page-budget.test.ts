/** What a page does for hostile requests is bounded for the whole page: nothing is cut, nothing passes for compared. */
import { html } from 'hono/html'
import { jsx } from 'hono/jsx'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../src/domain/approval/approval-request.ts'
import { AgentClaim } from '../../src/web/approve/agent-claim.tsx'
import { CallDetails } from '../../src/web/approve/call-details.tsx'
import { lineDiff } from '../../src/web/approve/line-diff.ts'
import { Budget, createPageBudget } from '../../src/web/parts/page-budget.ts'
import { type WorstCase, worstCases } from '../bench/worst-requests.ts'
import { DIGEST, request } from '../domain/approval/sample.ts'

let base: ApprovalRequest
beforeAll(async () => {
  base = await request()
})

const with_ = ({ arguments: args, preview }: WorstCase): ApprovalRequest => ({
  ...base,
  action: { name: 'forum.post', resource: 'forum:eng', arguments: args, salt: 'AAECAwQFBgcICQoLDA0ODw' },
  preview: { by: 'agent', digest: DIGEST, content: preview },
})

/** The cards of several requests on one page, in one budget. */
async function page(requests: readonly ApprovalRequest[], budget = createPageBudget()): Promise<string> {
  const cards = requests.flatMap((one) => [
    jsx(CallDetails, { request: one, level: 2 }),
    jsx(AgentClaim, { request: one, level: 2 }),
  ])
  return String(await html`${jsx(Budget.Provider, { value: budget }, ...cards)}`)
}

const elementsOf = (text: string) => text.match(/<[a-z]/g)?.length ?? 0
const textOf = (text: string) =>
  text
    .replace(/<[^>]+>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

const caseOf = (name: string): WorstCase => {
  const found = worstCases().find((one) => one.name === name)
  if (!found) throw new Error(`No case ${name}`)
  return found
}

describe('a page of the worst legal requests', () => {
  it.each(worstCases().map((one) => [one.name, one] as const))('is made of few elements: %s', async (_, one) => {
    expect(elementsOf(await page([with_(one)]))).toBeLessThan(10_000)
  })

  it('has one budget for all of its requests', async () => {
    const hostile = with_(caseOf('invisible between letters'))
    const one = elementsOf(await page([hostile]))
    expect(elementsOf(await page(Array.from({ length: 16 }, () => hostile)))).toBeLessThan(one + 16 * 200)
  })

  it('compares within one budget, and says where it did not', async () => {
    const budget = createPageBudget()
    const shown = await page([with_(caseOf('shuffled lines')), with_(caseOf('shuffled lines'))], budget)
    expect(budget.comparisons).toBe(0)
    expect(shown).toContain('These texts are shown whole')
    const ordinary = { name: '', arguments: {}, preview: { changes: [{ label: 'x', before: 'a\nb', after: 'a\nc' }] } }
    expect(await page([with_(ordinary)])).not.toContain('shown whole')
  })

  it('shows the whole texts where it does not compare them', async () => {
    const [change] = caseOf('shuffled lines, few changes').preview.changes
    const shown = textOf(
      await page([with_(caseOf('shuffled lines, few changes'))], { ...createPageBudget(), comparisons: 10 }),
    )
    expect(shown).toContain(change?.before)
    expect(shown).toContain(change?.after)
  })

  it('shows the whole call where it does not list its values', async () => {
    const items = caseOf('items')
    expect(textOf(await page([with_(items)]))).toContain(JSON.stringify(items.arguments))
  })

  it('names hidden characters also where there are too many to mark', async () => {
    const shown = await page([
      with_({ name: '', arguments: { text: 'a\u200b'.repeat(9000) }, preview: { changes: [] } }),
    ])
    expect(shown).not.toContain('\u200b')
    expect(shown.split('U+200B').length).toBeGreaterThan(9000)
  })
})

describe('what a page counts', () => {
  it('is how much there is to read', async () => {
    const one = with_({ name: '', arguments: { text: 'a\nb', to: 'é👋' }, preview: { changes: [] } })
    expect(textOf(await page([one]))).toContain('To read: 2 arguments, 0 changes, 20 characters in 4 lines')
  })

  it('is blank lines that would hide what follows, in values and in previews', async () => {
    const text = `Hello${'\n'.repeat(31)}and delete everything`
    const changes = [{ label: 'x', before: null, after: text }]
    expect(
      textOf(await page([with_({ name: '', arguments: { text }, preview: { changes } })])).split('30 blank lines'),
    ).toHaveLength(3)
  })
})

describe('lineDiff', () => {
  it('stops when its comparisons are spent, and leaves none', () => {
    const [change] = caseOf('shuffled lines').preview.changes
    const effort = { comparisons: 5000 }
    const lines = lineDiff(change?.before ?? null, change?.after ?? null, effort)
    expect(effort.comparisons).toBe(0)
    expect(new Set(lines.map(({ kind }) => kind))).toEqual(new Set(['removed', 'added']))
  })

  it('knows equal texts without comparing', () => {
    const effort = { comparisons: 0 }
    expect(lineDiff('a\nb', 'a\nb', effort).every(({ kind }) => kind === 'same')).toBe(true)
  })
})

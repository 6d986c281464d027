/**
 * How often something was requested, approved and redeemed, in one line.
 *
 * In: usage rows, summed. Out: the line; counts of the last 30 days, then of the last 90.
 */
import type { Usage, UsageCount } from '../../domain/identity/usage.ts'
import { Age } from '../parts/times.tsx'
import { formatNumber } from '../parts/wording.ts'

const COUNTS = [
  ['requested', 'requests'],
  ['approved', 'approvals'],
  ['redeemed', 'redemptions'],
] as const

export const UseFacts = ({ used, now }: { used: readonly Usage[]; now: number }) => {
  if (used.length === 0) return <>Not requested in the last 90 days.</>
  const last = Math.max(...used.map(({ lastAskedAt, lastUsedAt }) => lastUsedAt ?? lastAskedAt))
  return (
    <>
      {COUNTS.map(([word, member]) => (
        <span class="often">
          {word} {sumOf(used.map((use) => use[member]))}
        </span>
      ))}
      <span class="often">
        last <Age since={last} now={now} />
      </span>
    </>
  )
}

function sumOf(counts: readonly UsageCount[]): string {
  const sum = (span: keyof UsageCount) => formatNumber(counts.reduce((total, often) => total + often[span], 0))
  return `${sum('recent')} / ${sum('whole')}`
}

/**
 * How often something was asked for, granted and spent, in one line.
 *
 * In: usage rows, summed. Out: the line; the shorter span first, the longer behind it.
 */
import type { Usage, UsageCount } from '../../domain/identity/usage.ts'
import { age, machineTime } from '../frame/wording.ts'

const numbers = new Intl.NumberFormat('en')
const COUNTS = [
  ['asked', 'requests'],
  ['granted', 'approvals'],
  ['spent', 'redemptions'],
] as const

export const UseFacts = ({ used, now }: { used: readonly Usage[]; now: number }) => {
  if (used.length === 0) return <>Nobody asked for it in 90 days.</>
  const last = Math.max(...used.map(({ lastAskedAt, lastUsedAt }) => lastUsedAt ?? lastAskedAt))
  return (
    <>
      {COUNTS.map(([word, member]) => (
        <span class="often">
          {word} {oftenOf(used.map((use) => use[member]))}
        </span>
      ))}
      <span class="often">
        last{' '}
        <time datetime={machineTime(last)} data-since={last}>
          {age(now - last)}
        </time>
      </span>
    </>
  )
}

function oftenOf(all: readonly UsageCount[]): string {
  const sum = (span: keyof UsageCount) => numbers.format(all.reduce((total, often) => total + often[span], 0))
  return `${sum('recent')} / ${sum('whole')}`
}

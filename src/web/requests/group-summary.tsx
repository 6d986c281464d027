/** The row of a group of similar requests: what they share, and the gravest of each sign. */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { EffectPill, Undoing } from '../parts/request-sentence.tsx'
import { Age, TimeLeft } from '../parts/times.tsx'
import { Sentence, UntrustedText } from '../parts/untrusted-text.tsx'
import { count, forWhom, hostOf } from '../parts/wording.ts'
import { countTouched, gravestEffect, leastReversible, sharedSentence } from './fold-similar.ts'

interface SummaryProps {
  readonly requests: readonly ApprovalRequest[]
  readonly stopped: number
  readonly nameOf: NameOf
  /** Similar requests may be on other pages. */
  readonly isOneOfPages: boolean
  readonly now: number
}

export const GroupSummary = ({ requests, stopped, nameOf, isOneOfPages, now }: SummaryProps) => {
  const [first, ...others] = requests
  if (!first) return null
  const principals = new Set(requests.map(({ principal }) => principal))
  return (
    <>
      <span class="what">
        <span class="pill strong">{requests.length}</span> <Sentence segments={sharedSentence(requests)} limit={60} />
      </span>
      <span class="by">
        <UntrustedText text={first.agent} limit={60} />{' '}
        {principals.size === 1 ? (
          <UntrustedText text={forWhom(first.agent, first.principal, nameOf(first.principal))} limit={64} />
        ) : (
          `for ${count(principals.size, 'principal')}`
        )}
        , at <UntrustedText text={hostOf(first.audience)} limit={60} />: {count(others.length + 1, 'similar request')}
        {isOneOfPages ? ' on this page' : ''}
        <Touched requests={requests} />
      </span>
      <span class="signs">
        {stopped > 0 ? <span class="pill danger">{stopped} stopped</span> : null}
        <EffectPill effect={gravestEffect(requests)} />
        <Undoing entry={leastReversible(requests)} />
        <FirstDeadline requests={requests} now={now} />
        <Age since={Math.min(...requests.map(({ createdAt }) => createdAt))} now={now} class="muted age" />
      </span>
    </>
  )
}

/** A folded row has room for a few. */
const MOST_TOUCHED = 3

/** The numbers of the lines add up to that of the group: a line without one is of one request. */
const Touched = ({ requests }: { requests: readonly ApprovalRequest[] }) => {
  const touched = countTouched(requests)
  if (touched.size < 2) return null
  const named = [...touched].slice(0, MOST_TOUCHED)
  const more = named.reduce((rest, [, number]) => rest - number, requests.length)
  return (
    <>
      {named.map(([text, number]) => (
        <span class="block">
          {number > 1 ? <span class="pill">{number}</span> : null} <UntrustedText text={text} limit={80} />
        </span>
      ))}
      {more > 0 ? <span class="block">and {count(more, 'more request')}</span> : null}
    </>
  )
}

/** The time left for the request that expires first. */
export const FirstDeadline = ({ requests, now }: { requests: readonly ApprovalRequest[]; now: number }) => (
  <TimeLeft expiresAt={Math.min(...requests.map(({ expiresAt }) => expiresAt))} now={now} />
)

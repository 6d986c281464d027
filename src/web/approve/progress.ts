/**
 * The progress of an approved request, read from the ledger entries of its trace, oldest first. Entries that mean
 * nothing to an approver are left out; the ledger shows them all.
 */
import type { EntryBody } from '../ledger/entry-body.ts'
import { endOf } from '../ledger/ledger-entry.ts'
import { roughly } from '../parts/wording.ts'

export type Stage = 'asked' | 'redeemed' | 'succeeded' | 'failed' | 'aborted' | 'indeterminate' | 'missing' | 'revoked'

export interface Step {
  readonly at: number
  readonly title: string
  readonly detail: string
  readonly tone: 'good' | 'bad' | 'plain'
}

export interface Progress {
  readonly stage: Stage
  readonly steps: readonly Step[]
}

export const NO_PROGRESS: Progress = { stage: 'asked', steps: [] }

/**
 * `nameOf` names an approver, as far as the reader may know the name. A change to the authority itself (`isOwn`) is made
 * with its redemption, and nothing is reported afterwards.
 */
export function progressOf(bodies: readonly string[], nameOf: (approver: string) => string, isOwn = false): Progress {
  const entries = bodies.map((body): EntryBody => JSON.parse(body))
  const steps = entries.flatMap((entry, at) => stepOf(entry, entries[at - 1], nameOf) ?? [])
  const stage = entries.reduce<Stage>((stage, entry) => stageOf(entry) ?? stage, 'asked')
  return { stage: isOwn && stage === 'redeemed' ? 'succeeded' : stage, steps }
}

function stageOf(entry: EntryBody): Stage | undefined {
  if (entry.type === 'token.redeemed') return 'redeemed'
  if (entry.type === 'token.revoked') return 'revoked'
  if (entry.type === 'outcome.missing') return 'missing'
  return entry.type === 'outcome.reported' ? entry.outcome : undefined
}

type Words = readonly [title: string, detail: string, tone: Step['tone']]

function stepOf(
  entry: EntryBody,
  before: EntryBody | undefined,
  nameOf: (approver: string) => string,
): Step | undefined {
  const words = wordsOf(entry, nameOf)
  if (!words) return undefined
  const [title, detail, tone] = words
  const later = before && entry.at > before.at ? `${roughly(entry.at - before.at)} later` : ''
  return { at: entry.at, title, detail: [detail, later].filter(Boolean).join(', '), tone }
}

function wordsOf(entry: EntryBody, nameOf: (approver: string) => string): Words | undefined {
  const name = entry.approver === undefined ? 'An approver' : nameOf(entry.approver)
  const approver = name === 'you' ? 'You' : name
  const absent = entry.consent?.on_behalf_of
  switch (entry.type) {
    case 'request.created':
      return ['Requested', entry.agent ? `by ${entry.agent}` : '', 'plain']
    case 'consent.given':
      return [
        `${approver} consented${absent === undefined ? '' : ` on behalf of ${nameOf(absent)}`}`,
        'with a passkey',
        'good',
      ]
    case 'request.decided':
      return entry.grant === undefined
        ? undefined
        : ['Approved under a grant', 'its approvers consented before', 'good']
    case 'consent.denied':
      return [`${approver} denied${entry.on_behalf_of ? ` on behalf of ${nameOf(entry.on_behalf_of)}` : ''}`, '', 'bad']
    case 'request.expired':
      return ['Expired', 'no answer in time', 'bad']
    case 'request.changed':
      return [`${approver} changed the call`, '', 'plain']
    case 'request.withdrawn':
      return [...endOf(entry, nameOf), 'bad']
    case 'token.issued':
      return ['Token issued', '', 'good']
    case 'token.redeemed':
      return ['Token redeemed', 'by the executor', 'good']
    case 'token.revoked':
      return ['Token revoked', '', 'bad']
    case 'call.continued':
      return ['The agent went on', `with the input that the executor asked for, round ${entry.round ?? 1}`, 'plain']
    case 'outcome.reported':
      return [
        `Outcome: ${entry.outcome ?? 'unknown'}`,
        entry.outcome === 'indeterminate' ? 'the executor does not know whether it was done' : '',
        entry.outcome === 'succeeded' ? 'good' : 'bad',
      ]
    case 'outcome.missing':
      return ['No outcome reported', 'by the executor', 'bad']
    default:
      return undefined
  }
}

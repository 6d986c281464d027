/**
 * The requests of a page of several: which of them wait, which a gesture would sign, and the page's address.
 *
 * In: requests as one approver may see them. Out: answers about them. Pure.
 */
import { MAX_BATCH } from '../../api/requests/answer-shapes.ts'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { Progress } from './progress.ts'

export interface Listed {
  readonly shown: RequestForApprover
  readonly progress: Progress
}

export const isPending = ({ state, consentedByMe }: RequestForApprover): boolean =>
  state === 'pending' && !consentedByMe

/** This person's next gesture signs it. */
export const isOpen = (shown: RequestForApprover): boolean =>
  isPending(shown) && shown.cannotConsent === null && shown.alone === null

/** Where these requests are shown: one has a page of its own. */
export const batchPath = (ids: readonly string[]): string => {
  const [only = '', ...others] = ids
  return others.length === 0 ? `/approve/${only}` : `/approve?${new URLSearchParams(ids.map((id) => ['request', id]))}`
}

/** The ids in an address that anybody may have written, each once; undefined where none, or too many, or no ids. */
export function chosenIds(given: readonly string[]): readonly string[] | undefined {
  const ids = [...new Set(given)]
  const fits = ids.length > 0 && ids.length <= MAX_BATCH && ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id))
  return fits ? ids : undefined
}

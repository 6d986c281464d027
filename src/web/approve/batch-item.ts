/**
 * The requests on a page of several: which wait, which one passkey confirmation would sign, and the page's address.
 *
 * In: requests as one approver may see them. Out: answers about them. Pure.
 */
import { MAX_BATCH } from '../../api/requests/answer-shapes.ts'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { Progress } from './progress.ts'

export interface BatchItem {
  readonly shown: RequestForApprover
  readonly progress: Progress
}

export const isPending = ({ state, consentedByMe }: RequestForApprover): boolean =>
  state === 'pending' && !consentedByMe

/** Whether this person's next confirmation signs it. */
export const isOpen = (shown: RequestForApprover): boolean =>
  isPending(shown) && shown.cannotConsent === null && shown.alone === null

/** The page of these requests: a single one has its own. */
export const batchPath = (ids: readonly string[]): string => {
  const [only = '', ...others] = ids
  return others.length === 0 ? `/approve/${only}` : `/approve?${new URLSearchParams(ids.map((id) => ['request', id]))}`
}

/** The ids in an untrusted address, each once. Undefined if there are none or too many, or if one is not an id. */
export function chosenIds(given: readonly string[]): readonly string[] | undefined {
  const ids = [...new Set(given)]
  const fits = ids.length > 0 && ids.length <= MAX_BATCH && ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id))
  return fits ? ids : undefined
}

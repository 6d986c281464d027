/** How much several requests show on one page: each is read whole before one gesture signs them all. SPEC 5. */
import type { ApprovalRequest } from './approval-request.ts'

/** In characters: six of the largest requests. */
export const MOST_SHOWN_TOGETHER = 800_000

export const shownLength = ({ action, preview }: Pick<ApprovalRequest, 'action' | 'preview'>): number =>
  JSON.stringify([action, preview]).length

/**
 * Notices: the rows of the outbox, written in the transaction of their fact. Recipients and channels are planned later.
 * SPEC 3.
 */
import type { NoticeKind } from '../identity/parties.ts'

export interface Notice {
  readonly kind: NoticeKind
  /** The request, or the kill switch. */
  readonly subject: string
  /** Epoch seconds. */
  readonly dueAt: number
}

/** Approvers are notified at once, admins when nobody has answered after `escalateAfterSeconds`. */
export function noticesOf(
  request: { readonly id: string; readonly createdAt: number; readonly expiresAt: number },
  escalateAfterSeconds: number,
): readonly Notice[] {
  const escalatedAt = request.createdAt + escalateAfterSeconds
  const waiting: Notice = { kind: 'request.waiting', subject: request.id, dueAt: request.createdAt }
  if (escalatedAt >= request.expiresAt) return [waiting]
  return [waiting, { kind: 'request.escalated', subject: request.id, dueAt: escalatedAt }]
}

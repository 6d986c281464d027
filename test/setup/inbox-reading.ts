/** A reading of the inbox of somebody in the group `approver`. */
import type { InboxReading } from '../../src/store/contract/request-store.ts'

export const inboxReading = (changes: Partial<InboxReading> = {}): InboxReading => {
  const groups = changes.groups ?? ['approver']
  return {
    approver: 'ada',
    groups,
    ownGroups: groups,
    issuer: 'https://approve.example',
    filter: {},
    now: 0,
    decidedSince: 0,
    skip: 0,
    limit: 1000,
    answeredLimit: 1000,
    ...changes,
  }
}

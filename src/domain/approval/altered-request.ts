/** What is shown of a request that is not as it was recorded: nothing that it says of its action. SPEC 8.1. */
import type { ApprovalRequest } from './approval-request.ts'
import { unknownEntry } from './new-request.ts'

/** Shown in place of words that were altered. */
export const ALTERED_WORDS = 'The stored words are not those that were recorded. They are not shown.'

type Said = Pick<ApprovalRequest, 'audience' | 'name' | 'catalogueEntry' | 'executorTitle' | 'why'>

/** Columns that were altered say nothing about the action: it counts as one that no catalogue has. */
export const asUnknown = <Request extends Said>(request: Request): Request => ({
  ...request,
  ...{ catalogueEntry: unknownEntry(request.name), executorTitle: request.audience, why: ALTERED_WORDS },
})

export const asAltered = <Request extends ApprovalRequest>(request: Request): Request => ({
  ...asUnknown(request),
  altered: true,
  action: null,
  reason: request.reason === null ? null : ALTERED_WORDS,
  preview: request.preview && { ...request.preview, content: null },
})

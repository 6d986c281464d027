/** Why nobody can fill the quorum of a waiting request now, and what to do. */
import { Notice } from './card.tsx'

export const UnfillableNote = ({ why }: { why: string | null }) =>
  why === null ? null : (
    <Notice tone="warn" icon="warning">
      <span data-unfillable="">
        <b>At present, too few people can consent.</b> {why} It waits until it expires. An admin can put people into the{' '}
        <a href="/groups">group</a>, or end an absence; else deny it.
      </span>
    </Notice>
  )

/** A link between a request whose call an approver changed and the request that replaced it. SPEC 5.2. */
import { UntrustedText } from './untrusted-text.tsx'

interface ChangeNoteProps {
  readonly changes: string | null
  readonly changedTo: string | null
  /** A name, as far as it is known. */
  readonly changedBy: string | null
}

export const ChangeNote = ({ changes, changedTo, changedBy }: ChangeNoteProps) => (
  <>
    {changes === null ? null : (
      <p class="note plain" data-changed="">
        <span>
          {changedBy === null ? 'An approver' : <UntrustedText text={changedBy} limit={100} />} changed the call of{' '}
          <a href={`/requests/${changes}`}>an earlier request</a>.
        </span>
      </p>
    )}
    {changedTo === null ? null : (
      <p class="note plain">
        <span>
          An approver changed the call: <a href={`/requests/${changedTo}`}>another request</a> took its place.
        </span>
      </p>
    )}
  </>
)

/** A link between a request and the one that undoes it, with the person who proposed that. SPEC 10.5. */
import { UntrustedText } from './untrusted-text.tsx'

interface UndoingProps {
  readonly undoes: string | null
  /** A name, as far as it is known. */
  readonly proposedBy: string | null
}

export const UndoingNote = ({ undoes, proposedBy }: UndoingProps) =>
  undoes === null ? null : (
    <p class="note plain" data-undoing="">
      <span>
        {proposedBy === null ? 'A person' : <UntrustedText text={proposedBy} limit={100} />} proposes to undo{' '}
        <a href={`/requests/${undoes}`}>an earlier request</a>.
      </span>
    </p>
  )

/** What a request did can be undone: the call that would undo it, a button that proposes it, and earlier proposals. SPEC 10.5. */
import type { UndoOffer } from '../../authority/requests/propose-undo.ts'
import { Card, StatusLine } from '../parts/card.tsx'
import { Sentence, UntrustedText } from '../parts/untrusted-text.tsx'
import { Outcome, StatePill } from './request-list-page.tsx'

interface UndoCardProps {
  readonly offer: UndoOffer
  /** Approvers and admins propose; auditors read. */
  readonly proposes: boolean
  /** Values of the call are masked, and so are those of its undoing. */
  readonly masks: boolean
}

export const UndoCard = ({ offer: { item, inverse, why, proposed }, proposes, masks }: UndoCardProps) => (
  <Card id="undo" title="Undo">
    <div class="body">
      {inverse === null ? null : (
        <p>
          {masks ? (
            <code>
              <UntrustedText text={inverse.call.name} />
            </code>
          ) : (
            <Sentence segments={inverse.sentence} limit={80} />
          )}
        </p>
      )}
      {why === null ? (
        <p class="muted">
          This would be a request of <UntrustedText text={item.agent} limit={80} />, which runs it once somebody else
          has approved it.
        </p>
      ) : (
        <p class="muted">
          <UntrustedText text={why} />
        </p>
      )}
      {proposed.length === 0 ? null : (
        <ul class="plain-list">
          {proposed.map((other) => (
            <li>
              <a href={`/requests/${other.id}`}>Request to undo it</a> <StatePill item={other} />{' '}
              <Outcome item={other} />
            </li>
          ))}
        </ul>
      )}
      {proposes && inverse !== null && why === null ? (
        <p class="buttons-inline">
          <button type="button" data-undo="">
            Propose to undo
          </button>
          <StatusLine inline />
        </p>
      ) : null}
    </div>
  </Card>
)

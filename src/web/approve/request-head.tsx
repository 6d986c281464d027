/**
 * Who asks, on whose behalf, what in one sentence, and the effect in short. Values from agents are marked; the rest is
 * the executor's own words.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest } from '../../domain/approval/request-words.ts'
import { ActsFor } from '../parts/acts-for.tsx'
import { EffectPill, Undoing } from '../parts/request-sentence.tsx'
import { Sentence, UntrustedText } from '../parts/untrusted-text.tsx'
import { count, hostOf } from '../parts/wording.ts'

interface RequestHeadProps {
  readonly request: ApprovalRequest
  readonly principalName: string | null
  /** Where the page shows several requests below a heading of its own. */
  readonly oneOfMany?: boolean
}

export const RequestHead = ({ request, principalName, oneOfMany = false }: RequestHeadProps) => (
  <div class="asked">
    <p class="who">
      <b>
        <UntrustedText text={request.agent} limit={80} />
      </b>
      <ActsFor chain={request.act.act} actors={request.actors} />{' '}
      {request.principal === request.agent ? (
        'asks on its own behalf'
      ) : (
        <>
          asks on behalf of{' '}
          <b>
            <UntrustedText text={principalName ?? request.principal} limit={100} />
          </b>
        </>
      )}
    </p>
    {oneOfMany ? (
      <h2 id={`asked-${request.id}`} class="title">
        <Sentence segments={describeRequest(request)} limit={80} />
      </h2>
    ) : (
      <h1 tabindex={-1}>
        <Sentence segments={describeRequest(request)} limit={80} />
      </h1>
    )}
    <Pills request={request} />
  </div>
)

const Pills = ({ request: { catalogueEntry, audience, terms, stateDigest } }: { request: ApprovalRequest }) => (
  <ul class="pills" aria-label="Summary">
    <li>
      <EffectPill effect={catalogueEntry.effect} />
    </li>
    {catalogueEntry.effect === 'read' ? null : (
      <li>
        <Undoing entry={catalogueEntry} />
      </li>
    )}
    <li>
      <span class="pill">
        at <UntrustedText text={hostOf(audience)} limit={60} />
      </span>
    </li>
    <li>
      <span class="pill">{terms.uses === 1 ? 'Once' : `Up to ${count(terms.uses, 'time')}`}</span>
    </li>
    {stateDigest === null ? null : (
      <li>
        <span class="pill">Only while unchanged</span>
      </li>
    )}
  </ul>
)

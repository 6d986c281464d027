/**
 * Who asks, on whose behalf, what in one sentence, and the effect in short. Values from agents are marked; the rest is
 * the executor's own words.
 */
import type { ActorChain, ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest } from '../../domain/approval/request-words.ts'
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

interface ActsForProps {
  readonly chain: ActorChain | undefined
  /** The links that actor tokens prove. */
  readonly actors: readonly string[]
}

/** The agents that the asking agent acts for: each proven by its own token, or a claim that nobody has verified. */
const ActsFor = ({ chain, actors }: ActsForProps) =>
  chain ? (
    <>
      {', acting for '}
      <span class="value">
        <UntrustedText text={chain.sub} limit={128} />
      </span>{' '}
      {actors.includes(chain.sub) ? (
        <span class="pill">proven</span>
      ) : (
        <span class="pill warn">claimed, not verified</span>
      )}
      <ActsFor chain={chain.act} actors={actors} />
    </>
  ) : null

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

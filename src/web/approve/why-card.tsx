/** Why people are asked: what the call was found to do, the policies that decided, and the terms of a consent. SPEC 11. */
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { FoundSignal } from '../../domain/policy/signals/signal-words.ts'
import { Card, type Level } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, duration } from '../parts/wording.ts'

export const WhyCard = ({ shown, level }: { shown: RequestForApprover; level: Level }) => {
  const { request, policyTitle, signals } = shown
  return (
    <Card id={`why-${request.id}`} level={level} title="Why people are asked" note={policyTitle}>
      <div class="body" data-why="">
        <p>
          <UntrustedText text={request.why} limit={600} />
        </p>
        <FoundSignals signals={signals} />
        <p class="muted">{termsInWords(request)}</p>
      </div>
    </Card>
  )
}

export const FoundSignals = ({ signals }: { signals: readonly FoundSignal[] }) =>
  signals.length === 0 ? null : (
    <ul class="duties">
      {signals.map(({ flag, words, piece }) => (
        <li>
          <code>{flag}</code>: the call {words}
          {/^…?$/.test(piece) ? null : (
            <>
              {': '}
              <span class="mono">
                <UntrustedText text={piece} limit={120} />
              </span>
            </>
          )}
        </li>
      ))}
    </ul>
  )

/** A grant has a token for each call. */
function termsInWords({ series, terms }: ApprovalRequest): string {
  const { uses, ttlSeconds, actor, ordered, approvers, selfApproval, stateRequired, typedTarget, deviceBound } = terms
  const calls = uses === 1 ? 'one call' : `up to ${count(uses, 'call')}`
  const token = series === null ? `The token serves ${calls}` : 'Each call has a token of its own, which serves once'
  const said = [
    `${token}, within ${duration(ttlSeconds)} of being issued`,
    ...(actor === null ? [] : [`${actor} holds it`]),
    ...(ordered && approvers.length > 1 ? ['The groups answer in their order'] : []),
    ...(selfApproval ? ['The person for whom the agent acts may consent'] : []),
    ...(stateRequired ? ['It holds only while what it acts on is unchanged'] : []),
    ...(typedTarget ? ['Each approver types the name of what it acts on'] : []),
    ...(deviceBound ? ['Only passkeys bound to one device count'] : []),
  ]
  return `${said.join('. ')}.`
}

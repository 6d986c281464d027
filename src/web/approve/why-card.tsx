/** Why people are asked: what the call was found to do, the policies that decided, and the terms of a consent. SPEC 11. */
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { Terms } from '../../domain/policy/policy.ts'
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
        <p class="muted">{termsInWords(request.terms)}</p>
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

function termsInWords(terms: Terms): string {
  const { uses, ttlSeconds, actor, ordered, approvers, selfApproval, stateRequired, typedTarget, deviceBound } = terms
  const said = [
    uses === 1 ? 'The token serves one call' : `The token serves up to ${count(uses, 'call')}`,
    `within ${duration(ttlSeconds)}`,
    ...(actor === null ? [] : [`is held by ${actor}`]),
    ...(ordered && approvers.length > 1 ? ['the groups answer in their order'] : []),
    ...(selfApproval ? ['the person for whom the agent acts may consent'] : []),
    ...(stateRequired ? ['it holds only while what it acts on is unchanged'] : []),
    ...(typedTarget ? ['each approver types the name of what it acts on'] : []),
    ...(deviceBound ? ['only passkeys bound to one device count'] : []),
  ]
  return `${said.join(', ')}.`
}

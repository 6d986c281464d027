/**
 * What an executor offers, how often each action was used, and one step to take away what is not.
 *
 * In: an executor as reviewed. Out: one card. Taking an action away needs no passkey, since it makes things safer;
 * putting it back is a change that an admin approves. SPEC 10.
 */
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import type { ReviewedExecutor, Usage } from '../../domain/identity/usage.ts'
import { EffectPill } from '../approve/request-head.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { RevokeButton } from '../stop/revoke-button.tsx'
import { UseFacts } from './use-facts.tsx'

interface OfferedProps {
  readonly executor: ReviewedExecutor
  readonly now: number
}

export const OfferedActions = ({ executor, now }: OfferedProps) => (
  <section class="card" aria-labelledby={`offers-${executor.audience}`}>
    <header>
      <h2 id={`offers-${executor.audience}`}>What it offers</h2>
      <span class="muted">used in 30 days, in 90 days</span>
    </header>
    {executor.catalogue.length === 0 ? (
      <p class="body muted">Nothing. No agent can ask for anything here.</p>
    ) : (
      <ul class="rows">
        {executor.catalogue.map((entry) => (
          <Offered entry={entry} executor={executor} now={now} />
        ))}
      </ul>
    )}
  </section>
)

const Offered = ({ entry, executor, now }: { entry: CatalogueEntry } & OfferedProps) => {
  const used = executor.used.filter(({ name }) => name === entry.name)
  return (
    <li class="row">
      <span class="what mono">
        <Said text={entry.name} />
      </span>
      <span class="by">
        <UseFacts used={used} now={now} />
        <Askers used={used} />
      </span>
      <span class="signs">
        <EffectPill effect={entry.effect} />
        {used.length === 0 ? <span class="pill warn">unused</span> : null}
        {used.length === 0 ? (
          <RevokeButton
            path={`/executors/${encodeURIComponent(executor.audience)}/actions/${encodeURIComponent(entry.name)}`}
            label={entry.name}
            takes="No agent can ask for it any more, and what waits or was approved is refused. Offering it again takes an admin’s approval."
            word="Remove"
          />
        ) : null}
      </span>
    </li>
  )
}

const Askers = ({ used }: { used: readonly Usage[] }) =>
  used.length === 0 ? null : (
    <span class="block">
      by <Said text={[...new Set(used.map(({ agent }) => agent))].join(', ')} limit={160} />
    </span>
  )

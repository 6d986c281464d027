/**
 * The actions an executor offers, how often each was used, and a button to remove the unused ones. Removing needs no
 * passkey; offering an action again is a change that an admin approves. SPEC 10.
 */
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import type { ReviewedExecutor, Usage } from '../../domain/identity/usage.ts'
import { Card, Row, Rows } from '../parts/card.tsx'
import { EffectPill } from '../parts/request-sentence.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { executorPath, UseFacts } from './party-details.tsx'

interface OfferedActionsProps {
  readonly executor: ReviewedExecutor
  readonly now: number
}

export const OfferedActions = ({ executor, now }: OfferedActionsProps) => (
  <Card id={`offers-${executor.audience}`} title="Actions" note="use in the last 30 / 90 days">
    <Rows
      inCard
      rows={executor.catalogue.map((entry) => <OfferedAction entry={entry} executor={executor} now={now} />)}
      empty="None. Agents cannot request anything here."
    />
  </Card>
)

const OfferedAction = ({ entry, executor, now }: { entry: CatalogueEntry } & OfferedActionsProps) => {
  const used = executor.used.filter(({ name }) => name === entry.name)
  return (
    <Row
      mono
      what={<UntrustedText text={entry.name} />}
      by={
        <>
          <UseFacts used={used} now={now} />
          <Agents used={used} />
        </>
      }
      signs={
        <>
          <EffectPill effect={entry.effect} />
          {entry.effect === 'read' ? <span class="pill warn">Asks nobody</span> : null}
          {entry.state === 'required' ? <span class="pill">Only while unchanged</span> : null}
          {entry.effect !== 'read' && entry.schema === undefined ? <span class="pill warn">Any arguments</span> : null}
          {entry.undo === undefined ? null : <span class="pill">Has an undo</span>}
          {entry.preview === undefined ? null : <span class="pill">Gives previews</span>}
          {used.length === 0 ? (
            <>
              <span class="pill warn">Unused</span>
              <RevokeButton
                path={`${executorPath(executor.audience)}/actions/${encodeURIComponent(entry.name)}`}
                label={entry.name}
                consequence={CONSEQUENCES.action}
                verb="Remove"
              />
            </>
          ) : null}
        </>
      }
    />
  )
}

const Agents = ({ used }: { used: readonly Usage[] }) =>
  used.length === 0 ? null : (
    <span class="block">
      by <UntrustedText text={[...new Set(used.map(({ agent }) => agent))].join(', ')} limit={160} />
    </span>
  )

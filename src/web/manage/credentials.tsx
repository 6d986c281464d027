/**
 * An executor's catalogue and a party's credentials, as parts of a list.
 *
 * In: a catalogue, credentials. Out: a fold, and a line or a row for each live credential with its expiry.
 */
import type { Credential, Executor } from '../../domain/identity/parties.ts'
import { Row } from '../parts/card.tsx'
import { age } from '../parts/relative-time.ts'
import { EffectPill } from '../parts/request-sentence.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/revoke-button.tsx'
import { count, day } from '../parts/wording.ts'

export const Catalogue = ({ executor }: { executor: Executor }) => (
  <details class="catalogue">
    <summary>{count(executor.catalogue.length, 'action')}</summary>
    <ul>
      {executor.catalogue.map((entry) => (
        <li>
          <code>{entry.name}</code> <EffectPill effect={entry.effect} />
        </li>
      ))}
    </ul>
  </details>
)

/** The page warns of a credential that expires within this time. */
export const SOON_SECONDS = 14 * 86_400

export const Credentials = ({ credentials, now }: { credentials: readonly Credential[]; now: number }) => {
  const live = credentials.filter((credential) => credential.revokedAt === null)
  if (live.length === 0) return <span class="credential muted">no credential</span>
  return (
    <>
      {live.map(({ prefix, expiresAt }) => (
        <span class="credential">
          <code>{prefix}…</code>{' '}
          {expiresAt <= now ? (
            <span class="pill no">Expired {day(expiresAt)}</span>
          ) : (
            <span class={expiresAt - now < SOON_SECONDS ? 'pill warn' : 'muted'}>until {day(expiresAt)}</span>
          )}
        </span>
      ))}
    </>
  )
}

/** One row for each credential that works: its expiry, its last use, and a button to revoke it. */
export const CredentialRows = ({ credentials, now }: { credentials: readonly Credential[]; now: number }) => {
  const live = credentials.filter(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt > now)
  return (
    <ul class="rows card" aria-label="Credentials">
      {live.length === 0 ? <li class="body muted">No valid credential, so it cannot call the authority.</li> : null}
      {live.map(({ id, prefix, lastUsedAt, expiresAt }) => (
        <Row
          mono
          what={`${prefix}…`}
          by={lastUsedAt === null ? 'never used' : `last used ${age(now - lastUsedAt)}`}
          signs={
            <>
              <Expiry at={expiresAt} now={now} />
              <RevokeButton
                path={`/credentials/${id}`}
                label={`credential ${prefix}…`}
                consequence={CONSEQUENCES.credential}
              />
            </>
          }
        />
      ))}
    </ul>
  )
}

const Expiry = ({ at, now }: { at: number; now: number }) =>
  at - now < SOON_SECONDS ? (
    <span class="pill warn">Expires soon: {day(at)}</span>
  ) : (
    <span class="pill">Expires {day(at)}</span>
  )

/**
 * What executors offer and what parties call with, wherever they are listed.
 *
 * In: a catalogue, credentials. Out: a fold, and one line for each credential that was not revoked, with its end.
 */
import type { Credential, Executor } from '../../domain/identity/parties.ts'
import { EffectPill } from '../approve/request-head.tsx'
import { age, count, day } from '../frame/wording.ts'
import { CREDENTIAL_TAKES, RevokeButton } from '../stop/revoke-button.tsx'

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

/** A credential that ends within this is warned of. */
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
            <span class="pill no">expired {day(expiresAt)}</span>
          ) : (
            <span class={expiresAt - now < SOON_SECONDS ? 'pill warn' : 'muted'}>until {day(expiresAt)}</span>
          )}
        </span>
      ))}
    </>
  )
}

/** One row for each live credential: until when it holds, when it was used, and its end. */
export const CredentialRows = ({ credentials, now }: { credentials: readonly Credential[]; now: number }) => {
  const live = credentials.filter(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt > now)
  return (
    <ul class="rows card" aria-label="Credentials">
      {live.length === 0 ? <li class="body muted">No credential that holds: it cannot call at all.</li> : null}
      {live.map((credential) => (
        <li class="row">
          <span class="what mono">{credential.prefix}…</span>
          <span class="by">
            {credential.lastUsedAt === null ? 'never used' : `last used ${age(now - credential.lastUsedAt)}`}
          </span>
          <span class="signs">
            <Ends at={credential.expiresAt} now={now} />
            <RevokeButton
              path={`/credentials/${credential.id}`}
              label={`credential ${credential.prefix}…`}
              takes={CREDENTIAL_TAKES}
              word="End it"
            />
          </span>
        </li>
      ))}
    </ul>
  )
}

const Ends = ({ at, now }: { at: number; now: number }) =>
  at - now < SOON_SECONDS ? (
    <span class="pill warn">ends {day(at)}, soon</span>
  ) : (
    <span class="pill">until {day(at)}</span>
  )

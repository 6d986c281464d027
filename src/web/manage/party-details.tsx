/** What the admins’ pages show of an agent or an executor: catalogue, credentials, use, and the buttons that end it. */
import type { Credential, Executor } from '../../domain/identity/parties.ts'
import type { Usage, UsageCount } from '../../domain/identity/usage.ts'
import { Row } from '../parts/card.tsx'
import { EffectPill } from '../parts/request-sentence.tsx'
import { CONSEQUENCES, RevokeButton, StopLink } from '../parts/stop-and-revoke.tsx'
import { Age } from '../parts/times.tsx'
import { age, count, day, formatNumber } from '../parts/wording.ts'

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

export const agentPath = (id: string): string => `/agents/${encodeURIComponent(id)}`
export const executorPath = (audience: string): string => `/executors/${encodeURIComponent(audience)}`

export const EndAgent = ({ id }: { id: string }) => (
  <>
    <StopLink kind="agent" value={id} />
    <RevokeButton path={agentPath(id)} label={id} consequence={CONSEQUENCES.agent} />
  </>
)

export const EndExecutor = ({ executor: { audience, title } }: { executor: Executor }) => (
  <>
    <StopLink kind="executor" value={audience} />
    <RevokeButton path={executorPath(audience)} label={title} consequence={CONSEQUENCES.executor} />
  </>
)

const COUNTS = [
  ['requested', 'requests'],
  ['approved', 'approvals'],
  ['redeemed', 'redemptions'],
] as const

export const UseFacts = ({ used, now }: { used: readonly Usage[]; now: number }) => {
  if (used.length === 0) return <>Not requested in the last 90 days.</>
  const last = Math.max(...used.map(({ lastAskedAt, lastUsedAt }) => lastUsedAt ?? lastAskedAt))
  return (
    <>
      {COUNTS.map(([word, member]) => (
        <span class="often">
          {word} {sumOf(used.map((use) => use[member]))}
        </span>
      ))}
      <span class="often">
        last <Age since={last} now={now} />
      </span>
    </>
  )
}

function sumOf(counts: readonly UsageCount[]): string {
  const sum = (span: keyof UsageCount) => formatNumber(counts.reduce((total, often) => total + often[span], 0))
  return `${sum('recent')} / ${sum('whole')}`
}

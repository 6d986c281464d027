/**
 * People and keys as the ledger records them, rather than the authority's own tables: everything here can be proved.
 * SPEC 8.
 */
import type { Child } from 'hono/jsx'
import type { Authority } from '../../authority/authority.ts'
import { traceOf } from '../../domain/approval/approval-request.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { BackLink, Row, Rows, Section } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { instant, machineTime } from '../parts/wording.ts'
import type { EntryBody, ReadEntry } from './entry-body.ts'

export type SigningKey = Awaited<ReturnType<Authority['auditing']['keys']>>[number]

interface KeysView {
  readonly frame: PersonalFrame
  readonly people: readonly ReadEntry[]
  /** Passkeys, credentials and invitations, added and revoked. */
  readonly credentials: readonly ReadEntry[]
  /** The approvers who consented, by request id. */
  readonly signers: ReadonlyMap<string, readonly string[]>
  readonly keys: readonly SigningKey[]
  readonly nameOf: NameOf
}

export const KeysPage = (view: KeysView) => {
  const isPasskey = ({ body }: ReadEntry) => body.approver !== undefined && body.kind === undefined
  return (
    <Page frame={view.frame} title="People and keys" place="ledger">
      <main id="content" class="column">
        <BackLink to="/ledger">Ledger</BackLink>
        <div class="heading">
          <h1>People and keys</h1>
          <span class="muted">as recorded in the ledger</span>
        </div>
        <Section id="enrolled" title="People">
          <Rows rows={view.people.map((entry) => personRow(entry, view))} empty="Nobody has been enrolled yet." />
        </Section>
        <Section id="passkeys" title="Passkeys">
          <Rows
            rows={view.credentials.filter(isPasskey).map((entry) => passkeyRow(entry, view))}
            empty="No passkey has been added yet."
          />
        </Section>
        <Section id="machines" title="Credentials and invitations">
          <Rows
            rows={view.credentials.filter((entry) => !isPasskey(entry)).map((entry) => machineRow(entry, view))}
            empty="No credential has been added yet."
          />
        </Section>
        <Section id="signing" title="Token signing keys">
          <Rows rows={view.keys.map(signingKeyRow)} empty="There is no signing key yet." />
        </Section>
      </main>
    </Page>
  )
}

const removed = ({ body }: ReadEntry) => body.type === 'approver.removed'
const revoked = ({ body }: ReadEntry) => body.type === 'credential.revoked'

const personRow = (entry: ReadEntry, view: KeysView) => (
  <EntryRow entry={entry} what={view.nameOf(entry.body.approver ?? '')} word={removed(entry) ? 'Removed' : 'Enrolled'}>
    {removed(entry) ? <SignedBy entry={entry.body} view={view} /> : <EnrolledBy entry={entry.body} view={view} />}
    {entry.body.approver ? <span class="mono block">{entry.body.approver}</span> : null}
  </EntryRow>
)

const passkeyRow = (entry: ReadEntry, { nameOf }: KeysView) => (
  <EntryRow
    entry={entry}
    what={nameOf(entry.body.approver ?? '')}
    word={revoked(entry) ? 'Passkey revoked' : 'Passkey added'}
  >
    <PasskeyOrigin entry={entry} />
    <span class="mono block">{entry.body.public_key?.kid ?? entry.body.key}</span>
  </EntryRow>
)

const PasskeyOrigin = ({ entry }: { entry: ReadEntry }) => {
  if (entry.body.authorised_by === undefined) return <>{revoked(entry) ? '' : 'with the enrolment'}</>
  return (
    <>
      authorised by passkey <span class="mono">{entry.body.authorised_by}</span>
    </>
  )
}

const machineRow = (entry: ReadEntry, view: KeysView) => {
  const { subject, kind, roles } = entry.body
  return (
    <EntryRow
      entry={entry}
      what={subject ?? (kind === 'invitation' ? 'Invitation' : 'Credential')}
      word={revoked(entry) ? 'Revoked' : 'Added'}
    >
      {subject === undefined ? `as ${roles?.join(' and ') ?? ''}` : kind} <SignedBy entry={entry.body} view={view} />
    </EntryRow>
  )
}

const EnrolledBy = ({ entry, view }: { entry: EntryBody; view: KeysView }) =>
  entry.bootstrap ? <>by the operator’s one-time link, as the first admin</> : <SignedBy entry={entry} view={view} />

/** The approvers whose consents authorised the change, with a link to its trace. */
const SignedBy = ({ entry: { request }, view }: { entry: EntryBody; view: KeysView }) => {
  if (request === undefined) return null
  const names = (view.signers.get(request) ?? []).map(view.nameOf)
  return (
    <a href={`/ledger/traces/${traceOf(request)}`}>
      signed by <UntrustedText text={names.length > 0 ? names.join(' and ') : 'nobody recorded yet'} />
    </a>
  )
}

const signingKeyRow = ({ kid, alg, publishedAt, signsFrom, retiredAt }: SigningKey) => (
  <Row
    mono
    what={kid}
    by={`${alg}, published ${instant(publishedAt)}, signs from ${instant(signsFrom)}`}
    signs={
      <span class={retiredAt === null ? 'pill ok' : 'pill'}>
        {retiredAt === null ? 'In use' : `Retired ${instant(retiredAt)}`}
      </span>
    }
  />
)

interface EntryRowProps {
  readonly entry: ReadEntry
  readonly what: string
  readonly word: string
  readonly children: Child
}

const EntryRow = ({ entry: { index, body }, what, word, children }: EntryRowProps) => (
  <Row
    what={<UntrustedText text={what} limit={100} />}
    by={children}
    signs={
      <>
        <span class={/revoked|removed/i.test(word) ? 'pill no' : 'pill'}>{word}</span>
        <a class="muted" href={`/ledger/traces/${body.trace}#entry-${index}`}>
          <time datetime={machineTime(body.at)}>{instant(body.at)}</time>
          <span class="sr-only">, entry {index}</span>
        </a>
      </>
    }
  />
)

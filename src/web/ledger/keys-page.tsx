/**
 * People and keys, as the ledger has them: who was enrolled by whom, when, on whose signature, and which keys sign.
 *
 * In: entries about approvers and credentials, and the signing keys. Out: the page. It reads the ledger, not the lists
 * that the authority works with: what is shown here is what an auditor can prove. SPEC 8.
 */
import type { Authority } from '../../authority/authority.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { instant, machineTime } from '../frame/wording.ts'
import { type EntryBody, type NameOf, type ReadEntry, traceOfRequest } from './ledger-entry.ts'

export type SigningKey = Awaited<ReturnType<Authority['auditing']['keys']>>[number]

export interface KeysView {
  readonly frame: PersonalFrame
  readonly enrolled: readonly ReadEntry[]
  /** Passkeys and credentials of machines: added and revoked, oldest first. */
  readonly credentials: readonly ReadEntry[]
  /** Who consented to a request, by its id. */
  readonly signers: ReadonlyMap<string, readonly string[]>
  readonly keys: readonly SigningKey[]
  readonly nameOf: NameOf
}

export const KeysPage = (view: KeysView) => (
  <Page frame={view.frame} title="People and keys" place="ledger">
    <main id="content" class="column">
      <a class="back" href="/ledger">
        Ledger
      </a>
      <div class="heading">
        <h1>People and keys</h1>
        <span class="muted">as the ledger has it</span>
      </div>
      <Enrolled view={view} />
      <Passkeys view={view} />
      <Machines view={view} />
      <SigningKeys keys={view.keys} />
    </main>
  </Page>
)

const Enrolled = ({ view }: { view: KeysView }) => (
  <Block id="enrolled" title="Who was enrolled" none="Nobody yet." empty={view.enrolled.length === 0}>
    {view.enrolled.map((entry) => (
      <Row entry={entry} what={view.nameOf(entry.body.approver ?? '')} word={removed(entry) ? 'removed' : 'enrolled'}>
        {removed(entry) ? <Signed by={entry.body} view={view} /> : <Inviter by={entry.body} view={view} />}
        {entry.body.approver ? <span class="mono block">{entry.body.approver}</span> : null}
      </Row>
    ))}
  </Block>
)

const removed = ({ body }: ReadEntry) => body.type === 'approver.removed'
const revoked = ({ body }: ReadEntry) => body.type === 'credential.revoked'

const Inviter = ({ by, view }: { by: EntryBody; view: KeysView }) => {
  if (by.bootstrap) return <>by the operator’s one-time link, as the first admin</>
  return (
    <>
      invited by <Said text={by.invited_by ? view.nameOf(by.invited_by) : 'nobody named'} />
      {by.request === undefined ? null : (
        <>
          , <Signed by={by} view={view} />
        </>
      )}
    </>
  )
}

/** Whose consents the change was carried out on, with the way to their story. */
const Signed = ({ by: { request }, view }: { by: EntryBody; view: KeysView }) => {
  if (request === undefined) return null
  const names = (view.signers.get(request) ?? []).map(view.nameOf)
  return (
    <a href={`/ledger/traces/${traceOfRequest(request)}`}>
      signed by <Said text={names.length > 0 ? names.join(' and ') : 'nobody that the log has yet'} />
    </a>
  )
}

const Passkeys = ({ view }: { view: KeysView }) => {
  const passkeys = view.credentials.filter(({ body }) => body.approver !== undefined && body.kind === undefined)
  return (
    <Block id="passkeys" title="Passkeys" none="No passkey yet." empty={passkeys.length === 0}>
      {passkeys.map((entry) => (
        <Row
          entry={entry}
          what={view.nameOf(entry.body.approver ?? '')}
          word={revoked(entry) ? 'passkey revoked' : 'passkey added'}
        >
          {entry.body.authorised_by ? (
            <>
              on the signature of their passkey <span class="mono">{entry.body.authorised_by}</span>
            </>
          ) : revoked(entry) ? null : (
            'with their enrolment'
          )}
          <span class="mono block">{entry.body.public_key?.kid ?? entry.body.key}</span>
        </Row>
      ))}
    </Block>
  )
}

const Machines = ({ view }: { view: KeysView }) => {
  const machines = view.credentials.filter(({ body }) => body.kind !== undefined || body.approver === undefined)
  return (
    <Block id="machines" title="Credentials and invitations" none="None yet." empty={machines.length === 0}>
      {machines.map((entry) => (
        <Row
          entry={entry}
          what={entry.body.subject ?? (entry.body.kind === 'invitation' ? 'Invitation' : 'Credential')}
          word={revoked(entry) ? 'revoked' : 'added'}
        >
          {entry.body.subject === undefined ? `as ${entry.body.roles?.join(' and ') ?? ''}` : entry.body.kind}{' '}
          <Signed by={entry.body} view={view} />
        </Row>
      ))}
    </Block>
  )
}

const SigningKeys = ({ keys }: { keys: readonly SigningKey[] }) => (
  <Block id="signing" title="Keys that sign tokens" none="No key yet." empty={keys.length === 0}>
    {keys.map((key) => (
      <li class="row">
        <span class="what mono">{key.kid}</span>
        <span class="by">
          {key.alg}, published {instant(key.publishedAt)}, signs from {instant(key.signsFrom)}
        </span>
        <span class="signs">
          <span class={key.retiredAt === null ? 'pill ok' : 'pill'}>
            {key.retiredAt === null ? 'in use' : `retired ${instant(key.retiredAt)}`}
          </span>
        </span>
      </li>
    ))}
  </Block>
)

interface BlockProps {
  readonly id: string
  readonly title: string
  readonly none: string
  readonly empty: boolean
  readonly children: unknown
}

const Block = ({ id, title, none, empty, children }: BlockProps) => (
  <section aria-labelledby={id}>
    <h2 id={id} class="section">
      {title}
    </h2>
    {empty ? <p class="card body muted">{none}</p> : <ul class="rows card">{children}</ul>}
  </section>
)

const Row = ({ entry, what, word, children }: { entry: ReadEntry; what: string; word: string; children: unknown }) => (
  <li class="row">
    <span class="what">
      <Said text={what} limit={100} />
    </span>
    <span class="by">{children}</span>
    <span class="signs">
      <span class={/revoked|removed/.test(word) ? 'pill no' : 'pill'}>{word}</span>
      <a class="muted" href={`/ledger/traces/${entry.body.trace}#entry-${entry.index}`}>
        <time datetime={machineTime(entry.body.at)}>{instant(entry.body.at)}</time>
        <span class="sr-only">, entry {entry.index}</span>
      </a>
    </span>
  </li>
)

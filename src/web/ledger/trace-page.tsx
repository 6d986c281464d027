/**
 * One trace, from the proposal to its outcome. `browser/trace-script.ts` verifies the entries in the reader's browser;
 * this page makes no claim about proofs itself. SPEC 8.
 */
import { base64urlEncode } from '@countersign/verifier'
import type { Erasure } from '../../authority/requests/who-erased.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { BackLink, Card, StatusLine } from '../parts/card.tsx'
import { DenialReason } from '../parts/denial-reason.tsx'
import { ErasedBy } from '../parts/erased-by.tsx'
import { CONSEQUENCES, RevokeButton, StopLink } from '../parts/stop-and-revoke.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { clockTime, countEntries, day, duration, forWhom, hostOf, machineTime } from '../parts/wording.ts'
import type { EntryBody, ReadEntry, UnprovedEntry } from './entry-body.ts'
import { wordsOf } from './ledger-entry.ts'
import { ProofLink, UnprovedPill } from './ledger-table.tsx'

interface TraceProps {
  readonly frame: PersonalFrame
  readonly trace: string
  /** The first entries of the trace, on every page. */
  readonly about: readonly EntryBody[]
  readonly entries: readonly ReadEntry[]
  /** After the last page, oldest first. */
  readonly unproved: readonly UnprovedEntry[]
  /** Leaf index after which this page starts; undefined on the first page. */
  readonly start: number | undefined
  /** Leaf index after which the next page starts; null on the last page. */
  readonly next: number | null
  /** The published size of the log. */
  readonly size: number
  /** The latest erasure of its texts; undefined where none was erased. */
  readonly erased: Erasure | undefined
  readonly nameOf: NameOf
}

export const TracePage = (props: TraceProps) => {
  const { frame, trace, about, entries, unproved, start, next, size, erased } = props
  return (
    <Page frame={frame} title="Trace" place="ledger" scripts={['trace']}>
      <main id="content" class="column trace" data-trace={trace} data-start={start} data-size={size}>
        <BackLink to="/ledger">Ledger</BackLink>
        <div class="heading">
          <h1>{headlineOf(about)}</h1>
        </div>
        <Facts trace={trace} about={about} nameOf={props.nameOf} />
        <EndActions frame={frame} about={about} />
        {erased ? <ErasedNote erasure={erased} nameOf={props.nameOf} /> : null}
        <VerifyCard />
        <Card
          id="steps-title"
          title="From proposal to outcome"
          note={start === undefined && next === null ? countEntries(entries.length + unproved.length) : 'one page'}
        >
          <Steps {...props} />
        </Card>
        {start === undefined && next === null ? null : <Pages trace={trace} start={start} next={next} />}
      </main>
    </Page>
  )
}

/** Entry types after which there is nothing left to stop or revoke. */
const ENDS = [
  'request.withdrawn',
  'request.expired',
  'consent.denied',
  'token.revoked',
  'outcome.reported',
  'outcome.missing',
]

const EndActions = ({ frame, about }: Pick<TraceProps, 'frame' | 'about'>) => {
  const { request, expires = Infinity } = about.find(({ type }) => type === 'request.created') ?? {}
  // A call whose token was spent may be under way, whatever the time.
  const isOver = expires <= frame.now && about.every(({ type }) => type !== 'token.redeemed')
  const mayEnd = frame.person.roles.some((role) => role !== 'auditor')
  if (request === undefined || !mayEnd || isOver || about.some(({ type }) => ENDS.includes(type))) return null
  return (
    <div class="buttons-inline">
      <StopLink kind="request" value={request} />
      <RevokeButton path={`/requests/${request}`} label="this request" consequence={CONSEQUENCES.request} />
      <StatusLine inline />
    </div>
  )
}

const Steps = ({ entries, unproved, nameOf }: TraceProps) => (
  <ol class="story proven" id="steps">
    {[...entries, ...unproved].map((entry, at, all) => (
      <Step entry={entry} before={all[at - 1]} nameOf={nameOf} />
    ))}
  </ol>
)

const Pages = ({ trace, start, next }: Pick<TraceProps, 'trace' | 'start' | 'next'>) => (
  <nav class="pages" aria-label="Pages of this trace">
    {start === undefined ? null : <a href={`/ledger/traces/${trace}`}>First entries</a>}
    <span class="spacer"></span>
    {next === null ? (
      <span class="muted">No later entries yet</span>
    ) : (
      <a class="button" rel="next" href={`/ledger/traces/${trace}?after=${next}`}>
        Later entries
      </a>
    )}
  </nav>
)

const headlineOf = (about: readonly EntryBody[]) => {
  const named = about.find(({ name }) => name !== undefined)?.name
  return named === undefined ? 'Trace' : <UntrustedText text={named} limit={100} />
}

type FactsProps = Pick<TraceProps, 'trace' | 'about' | 'nameOf'>

const Facts = ({ trace, about, nameOf }: FactsProps) => {
  const opened = about.find(({ type, decision }) => type === 'request.decided' && decision !== 'deny')
  const first = about.find(({ agent }) => agent !== undefined)
  return (
    <dl class="facts">
      {first?.agent ? (
        <>
          <dt>Requested by</dt>
          <dd>
            <UntrustedText text={first.agent} />{' '}
            <UntrustedText
              text={
                first.principal
                  ? forWhom(first.agent, first.principal, nameOf(first.principal))
                  : 'for an unknown principal'
              }
            />
          </dd>
        </>
      ) : null}
      {first?.executor ? (
        <>
          <dt>Executor</dt>
          <dd>
            <UntrustedText text={hostOf(first.executor)} />
          </dd>
        </>
      ) : null}
      {opened?.request ? (
        <>
          <dt>Request</dt>
          <dd>
            <a href={`/requests/${opened.request}`}>Its answers, outcome and texts</a>
          </dd>
        </>
      ) : null}
      {opened?.grant ? (
        <>
          <dt>Approved under</dt>
          <dd>
            <a href={`/requests/${opened.grant}`}>a grant, and its approvers</a>
          </dd>
        </>
      ) : null}
      <dt>Trace</dt>
      <dd class="mono">{trace}</dd>
    </dl>
  )
}

const ErasedNote = ({ erasure, nameOf }: { erasure: Erasure; nameOf: NameOf }) => (
  <p class="note plain" data-erased="">
    <span>
      The texts of this request (arguments, preview and reasons) were erased
      <ErasedBy erasure={erasure} nameOf={nameOf} />. The entries hold only salted digests of them, so every proof below
      remains valid.
    </span>
  </p>
)

const VerifyCard = () => (
  <Card id="verify" title="Verify in your browser" class="verify">
    <div class="body">
      <p>
        Your browser fetches every entry, its proof and the checkpoint. It then checks the hashes, the inclusion proofs
        and the log’s signature itself, without trusting this page.
      </p>
      <button type="button" class="primary" data-verify="">
        Verify all
      </button>
      <StatusLine />
      <p class="muted key" data-key="" hidden></p>
    </div>
  </Card>
)

interface StepProps {
  readonly entry: ReadEntry | UnprovedEntry
  readonly before: UnprovedEntry | undefined
  readonly nameOf: NameOf
}

const MARKS = { good: '✓', bad: '×', plain: '·' } as const

const Step = ({ entry, before, nameOf }: StepProps) => {
  const { leaf, body } = entry
  const index = 'index' in entry ? entry.index : undefined
  const [title, detail, tone] = wordsOf(body, nameOf)
  const later = before && body.at > before.body.at ? `${duration(body.at - before.body.at)} later` : ''
  return (
    <li
      id={index === undefined ? undefined : `entry-${index}`}
      class={tone}
      data-mark={MARKS[tone]}
      data-index={index}
      data-leaf={leafOf(leaf)}
    >
      <time datetime={machineTime(body.at)} title={day(body.at)}>
        {clockTime(body.at)}
      </time>
      <b>
        <UntrustedText text={title} />
      </b>
      <span class="block muted">
        <UntrustedText text={[detail, later].filter(Boolean).join(', ')} />
      </span>
      {entry.reason === null ? null : <DenialReason text={entry.reason} />}
      {index === undefined ? <UnprovedPill /> : <ProofLine index={index} />}
    </li>
  )
}

const ProofLine = ({ index }: { index: number }) => (
  <>
    <span class="place">
      <span class="mono">entry {index}</span>
      <ProofLink index={index}>Download proof</ProofLink>
      <button type="button" class="link" data-verify-one="">
        Verify<span class="sr-only"> entry {index}</span>
      </button>
      <span class="verdict-here" data-verdict="" aria-live="polite"></span>
    </span>
    <details class="exact" data-exact="" hidden>
      <summary>The verified entry</summary>
      <pre></pre>
    </details>
  </>
)

/** As on the wire. */
const leafOf = (leaf: Uint8Array): string => `sha-256:${base64urlEncode(leaf)}`

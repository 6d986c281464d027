/**
 * One trace as a story, from the proposal to its outcome, each entry with the proof that it stands in the log.
 *
 * In: a page of the entries of a trace, oldest first. Out: the page. `browser/verify.ts` checks the entries where the reader is;
 * this page claims nothing about proofs itself. SPEC 8.
 */
import { base64urlEncode } from '@countersign/verifier'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { StopThis } from '../frame/stop-banner.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { clockTime, day, duration, hostOf, machineTime } from '../frame/wording.ts'
import { ConfirmRevoke, REQUEST_TAKES, RevokeButton } from '../stop/revoke-button.tsx'
import { entriesIn } from './ledger-activity.tsx'
import { type EntryBody, type NameOf, type ReadEntry, type UnprovedRead, wordsOf } from './ledger-entry.ts'
import { NotYetProved, ProofLink } from './ledger-table.tsx'

interface TraceProps {
  readonly frame: PersonalFrame
  readonly trace: string
  /** Its first entries, whatever page this is. */
  readonly about: readonly EntryBody[]
  readonly entries: readonly ReadEntry[]
  /** Behind the last page, oldest first. */
  readonly unproved: readonly UnprovedRead[]
  /** Leaf index that this page goes on after; undefined for the first. */
  readonly start: number | undefined
  /** Leaf index to go on after; null on the last page. */
  readonly next: number | null
  /** Of the log, as published. */
  readonly size: number
  readonly erased: boolean
  readonly nameOf: NameOf
}

export const TracePage = (props: TraceProps) => {
  const { frame, trace, about, entries, unproved, start, next, size, erased } = props
  return (
    <Page frame={frame} title="Trace" place="ledger" scripts={['verify', 'revoke']}>
      <main id="content" class="column trace" data-trace={trace} data-start={start} data-size={size}>
        <a class="back" href="/ledger">
          Ledger
        </a>
        <div class="heading">
          <h1>{headlineOf(about)}</h1>
        </div>
        <Facts trace={trace} about={about} />
        <EndIt frame={frame} about={about} />
        {erased ? <ErasedNote /> : null}
        <VerifyCard />
        <section class="card" aria-labelledby="story">
          <header>
            <h2 id="story">From proposal to outcome</h2>
            <span class="muted">
              {start === undefined && next === null ? entriesIn(entries.length + unproved.length) : 'one page of it'}
            </span>
          </header>
          <Story {...props} />
        </section>
        {start === undefined && next === null ? null : <Pages trace={trace} start={start} next={next} />}
      </main>
      <ConfirmRevoke />
    </Page>
  )
}

/** What ends a request for good, or shows that its call is over. */
const ENDS = [
  'request.withdrawn',
  'request.expired',
  'consent.denied',
  'token.revoked',
  'outcome.reported',
  'outcome.missing',
]

const EndIt = ({ frame, about }: Pick<TraceProps, 'frame' | 'about'>) => {
  const request = about.find(({ type }) => type === 'request.created')?.request
  const mayEnd = frame.person.roles.some((role) => role !== 'auditor')
  if (request === undefined || !mayEnd || about.some(({ type }) => ENDS.includes(type))) return null
  return (
    <p class="buttons-inline">
      <StopThis kind="request" value={request} />
      <RevokeButton path={`/requests/${request}`} label="this request" takes={REQUEST_TAKES} />
      <span class="status" role="status" aria-live="polite" data-status=""></span>
    </p>
  )
}

const Story = ({ entries, unproved, nameOf }: TraceProps) => (
  <ol class="story proven" id="told">
    {entries.map((entry, at) => (
      <Told entry={entry} before={entries[at - 1]} nameOf={nameOf} />
    ))}
    {unproved.map((entry, at) => (
      <Told entry={entry} before={unproved[at - 1] ?? entries.at(-1)} nameOf={nameOf} />
    ))}
  </ol>
)

const Pages = ({ trace, start, next }: Pick<TraceProps, 'trace' | 'start' | 'next'>) => (
  <nav class="pages" aria-label="Pages of this trace">
    {start === undefined ? null : <a href={`/ledger/traces/${trace}`}>From the beginning</a>}
    <span class="spacer"></span>
    {next === null ? (
      <span class="muted">This is the end so far</span>
    ) : (
      <a class="button" rel="next" href={`/ledger/traces/${trace}?after=${next}`}>
        What came next
      </a>
    )}
  </nav>
)

const headlineOf = (about: readonly EntryBody[]) => {
  const named = about.find(({ name }) => name !== undefined)?.name
  return named === undefined ? 'Trace' : <Said text={named} limit={100} />
}

const Facts = ({ trace, about }: { trace: string; about: readonly EntryBody[] }) => {
  const first = about.find(({ agent }) => agent !== undefined)
  return (
    <dl class="facts">
      {first?.agent ? (
        <>
          <dt>Asked by</dt>
          <dd>
            <Said text={first.agent} /> for <Said text={first.principal ?? 'nobody named'} />
          </dd>
        </>
      ) : null}
      {first?.executor ? (
        <>
          <dt>Executor</dt>
          <dd>
            <Said text={hostOf(first.executor)} />
          </dd>
        </>
      ) : null}
      <dt>Trace</dt>
      <dd class="mono">{trace}</dd>
    </dl>
  )
}

const ErasedNote = () => (
  <p class="note plain" data-erased="">
    The texts of this request (its arguments, preview and reasons) were erased, by law or retention. The entries name
    them by salted digest alone, so every proof below still holds.
  </p>
)

const VerifyCard = () => (
  <section class="card verify" aria-labelledby="verify">
    <header>
      <h2 id="verify">Trust nothing</h2>
    </header>
    <div class="body">
      <p>
        Your browser fetches every entry, its proof and the checkpoint, and computes leaf hash, inclusion and the log’s
        signature itself.
      </p>
      <button type="button" class="primary" data-verify="">
        Verify here
      </button>
      <p class="status" role="status" aria-live="polite" data-status=""></p>
      <p class="muted key" data-key="" hidden></p>
    </div>
  </section>
)

interface ToldProps {
  readonly entry: ReadEntry | UnprovedRead
  readonly before: UnprovedRead | undefined
  readonly nameOf: NameOf
}

const MARKS = { good: '✓', bad: '×', plain: '·' } as const

const Told = ({ entry, before, nameOf }: ToldProps) => {
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
        <Said text={title} />
      </b>
      <span class="block muted">
        <Said text={[detail, later].filter(Boolean).join(', ')} />
      </span>
      {index === undefined ? <NotYetProved /> : <Proving index={index} />}
    </li>
  )
}

const Proving = ({ index }: { index: number }) => (
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
      <summary>The entry itself, as verified</summary>
      <pre></pre>
    </details>
  </>
)

/** As the wire names it. */
const leafOf = (leaf: Uint8Array): string => `sha-256:${base64urlEncode(leaf)}`

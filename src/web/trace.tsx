/**
 * One trace as a story, from the proposal to its outcome, each entry with the proof that it stands in the log.
 *
 * In: the entries of a trace, oldest first. Out: the page. `browser/verify.ts` checks the entries where the reader is;
 * this page claims nothing about proofs itself. Specification: DESIGN 8.
 */
import { base64urlEncode } from '@countersign/verifier'
import type { PersonalFrame } from './door.tsx'
import { isAuditor } from './ledger.tsx'
import { entriesIn } from './ledger-activity.tsx'
import { type NameOf, type ReadEntry, wordsOf } from './ledger-entry.ts'
import { Page } from './page.tsx'
import { Said } from './said.tsx'
import { clockTime, day, duration, hostOf, machineTime } from './wording.ts'

interface TraceProps {
  readonly frame: PersonalFrame
  readonly trace: string
  readonly entries: readonly ReadEntry[]
  readonly nameOf: NameOf
}

export const TracePage = ({ frame, trace, entries, nameOf }: TraceProps) => {
  const auditor = isAuditor(frame)
  return (
    <Page frame={frame} title="Trace" place="ledger" scripts={auditor ? ['verify'] : []}>
      <main id="content" class="column trace" data-trace={trace}>
        <a class="back" href="/ledger">
          Ledger
        </a>
        <div class="heading">
          <h1>{headlineOf(entries)}</h1>
        </div>
        <Facts trace={trace} entries={entries} />
        {entries.some(({ body }) => body.type === 'payload.erased' && body.erased !== undefined) ? (
          <ErasedNote />
        ) : null}
        {auditor ? <VerifyCard /> : null}
        <section class="card" aria-labelledby="story">
          <header>
            <h2 id="story">From proposal to outcome</h2>
            <span class="muted">{entriesIn(entries.length)}</span>
          </header>
          <ol class="story proven">
            {entries.map((entry, at) => (
              <Told entry={entry} before={entries[at - 1]} nameOf={nameOf} auditor={auditor} />
            ))}
          </ol>
        </section>
      </main>
    </Page>
  )
}

const headlineOf = (entries: readonly ReadEntry[]) => {
  const named = entries.find(({ body }) => body.name !== undefined)?.body.name
  return named === undefined ? 'Trace' : <Said text={named} limit={100} />
}

const Facts = ({ trace, entries }: { trace: string; entries: readonly ReadEntry[] }) => {
  const first = entries.find(({ body }) => body.agent !== undefined)?.body
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
  readonly entry: ReadEntry
  readonly before: ReadEntry | undefined
  readonly nameOf: NameOf
  readonly auditor: boolean
}

const MARKS = { good: '✓', bad: '×', plain: '·' } as const

const Told = ({ entry: { index, leaf, body }, before, nameOf, auditor }: ToldProps) => {
  const [title, detail, tone] = wordsOf(body, nameOf)
  const later = before && body.at > before.body.at ? `${duration(body.at - before.body.at)} later` : ''
  return (
    <li id={`entry-${index}`} class={tone} data-mark={MARKS[tone]} data-index={index} data-leaf={leafOf(leaf)}>
      <time datetime={machineTime(body.at)} title={day(body.at)}>
        {clockTime(body.at)}
      </time>
      <b>
        <Said text={title} />
      </b>
      <span class="block muted">
        <Said text={[detail, later].filter(Boolean).join(', ')} />
      </span>
      <span class="place">
        <span class="mono">entry {index}</span>
        {auditor ? (
          <a href={`/ledger/proofs/${index}`} download={`entry-${index}.tlog-proof`}>
            Download proof<span class="sr-only"> of entry {index}</span>
          </a>
        ) : null}
        <span class="verdict-here" data-verdict="" aria-live="polite"></span>
      </span>
      <details class="exact" data-exact="" hidden>
        <summary>The entry itself, as verified</summary>
        <pre></pre>
      </details>
    </li>
  )
}

/** As the wire names it. */
const leafOf = (leaf: Uint8Array): string => `sha-256:${base64urlEncode(leaf)}`

/**
 * The ledger, for auditors: its checkpoint, its activity, and the entries that were looked for, a page at a time.
 *
 * In: what was found. Out: the page. Every line leads to the story it belongs to; every view has an address.
 * `browser/ledger.ts` checks the checkpoint's signature in the browser, fetches the list again when entries were added,
 * and shows how an export comes along; all of it works without, as links. SPEC 8.
 */

import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { ActivityPicture, type Counted, entriesIn } from './ledger-activity.tsx'
import type { NameOf, ReadEntry, UnprovedRead } from './ledger-entry.ts'
import { Chosen, type Filter, FilterForm, ledgerPath, wireQuery } from './ledger-filter.tsx'
import { EntriesTable } from './ledger-table.tsx'

/** Of a signed note, as far as a reader is shown it; checked in the browser. */
export interface ShownCheckpoint {
  readonly size: number
  readonly root: string
}

/** A page of entries. */
export interface Listed {
  readonly filter: Filter
  readonly entries: readonly ReadEntry[]
  /** On the newest page alone. */
  readonly unproved: readonly UnprovedRead[]
  /** Leaf index to go on from; null on the last page. */
  readonly next: number | null
  readonly checkpoint: ShownCheckpoint | null
  readonly nameOf: NameOf
}

export interface LedgerView {
  readonly frame: PersonalFrame
  readonly listed: Listed
  readonly counted: Counted
  readonly until: number
}

export const LedgerPage = ({ frame, listed, counted, until }: LedgerView) => {
  const { filter, checkpoint } = listed
  return (
    <Page frame={frame} title="Ledger" place="ledger" scripts={['ledger']}>
      <main id="content" class="column ledger">
        <div class="heading">
          <h1>Ledger</h1>
          <a class="pill" href="/ledger/people">
            People and keys
          </a>
        </div>
        {checkpoint ? <CheckpointCard checkpoint={checkpoint} /> : null}
        <ActivityPicture counted={counted} until={until} values={filter.values} />
        <FilterForm values={filter.values} />
        <Chosen values={filter.values} />
        {filter.fault ? (
          <p class="note warn" role="alert">
            {filter.fault}
          </p>
        ) : null}
        {isNewest(listed) ? <Following filter={filter} checkpoint={checkpoint} /> : null}
        <LedgerList listed={listed} />
        {filter.fault ? null : <Exports filter={filter} />}
      </main>
    </Page>
  )
}

const isNewest = ({ filter }: Listed): boolean => filter.after === undefined && filter.fault === null

const CheckpointCard = ({ checkpoint }: { checkpoint: ShownCheckpoint }) => (
  <section class="card" aria-labelledby="checkpoint">
    <header>
      <h2 id="checkpoint">Checkpoint</h2>
      <span class="pill" role="status" data-checkpoint={checkpoint.root} data-size={checkpoint.size}>
        checking in this browser…
      </span>
    </header>
    <dl class="body facts">
      <dt>Size</dt>
      <dd>{entriesIn(checkpoint.size)}</dd>
      <dt>Root</dt>
      <dd class="mono">{checkpoint.root}</dd>
    </dl>
  </section>
)

/** What keeps the list below it up to date; `data-after` is where its tail begins. */
const Following = ({ filter, checkpoint }: { filter: Filter; checkpoint: ShownCheckpoint | null }) => (
  <div class="following" data-follow={wireQuery(filter)} data-after={checkpoint ? checkpoint.size - 1 : undefined}>
    <span class="pill live" data-live="">
      <span class="dot"></span>
      <span data-live-text="">updates by itself</span>
    </span>
    <button type="button" class="quiet" data-pause="" aria-pressed="false">
      Pause
    </button>
    <button type="button" class="primary fresh" data-fresh="" hidden></button>
  </div>
)

/** What is fetched again when entries were added. */
export const LedgerList = ({ listed }: { listed: Listed }) => {
  const { entries, unproved, filter, next, nameOf } = listed
  if (entries.length + unproved.length === 0) {
    return (
      <div id="entries">
        <Nothing filtered={Object.keys(filter.values).length > 0} />
      </div>
    )
  }
  return (
    <div id="entries">
      <EntriesTable unproved={unproved} entries={entries} nameOf={nameOf} />
      <nav class="pages" aria-label="Pages of entries">
        {filter.after === undefined ? null : <a href={ledgerPath(filter.values)}>Newest</a>}
        <span class="spacer"></span>
        {next === null ? (
          <span class="muted">These are the oldest</span>
        ) : (
          <a class="button" rel="next" href={ledgerPath(filter.values, next)}>
            Older entries
          </a>
        )}
      </nav>
    </div>
  )
}

const Exports = ({ filter }: { filter: Filter }) => (
  <section class="exports" aria-label="Export">
    <p class="muted">
      <span>Everything that this view finds, as a file:</span>
      {EXPORTS.map(([format, label]) => (
        <a href={`/ledger/export?${wireQuery(filter, { format })}`} download={`ledger.${format}`} data-export="">
          {label}
        </a>
      ))}
    </p>
    <div class="exporting" data-exporting="" hidden>
      <progress aria-label="Export"></progress>
      <span class="muted" data-rows=""></span>
      <button type="button" class="quiet" data-cancel="">
        Cancel
      </button>
    </div>
    <p class="status" role="status" data-status=""></p>
  </section>
)

const EXPORTS = [
  ['jsonl', 'JSON Lines'],
  ['csv', 'CSV'],
] as const

const Nothing = ({ filtered }: { filtered: boolean }) => (
  <div class="card empty">
    <h2>{filtered ? 'Nothing like that is in the ledger' : 'The ledger is empty'}</h2>
    <p>
      {filtered
        ? 'Each value must be given whole: an agent’s id, an executor’s URI, an action’s full name. Drop one to find more.'
        : 'Every proposal, consent, token, redemption and outcome is written here, and none is ever changed.'}
    </p>
    {filtered ? (
      <p>
        <a href="/ledger">Show all entries</a>
      </p>
    ) : null}
  </div>
)

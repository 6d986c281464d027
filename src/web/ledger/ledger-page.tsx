/**
 * The ledger for auditors: its checkpoint, its activity, and the entries that match the filter, a page at a time.
 * Without `browser/ledger-script.ts` everything works as links. SPEC 8.
 */
import type { NameOf } from '../../domain/identity/display-names.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { Card, LivePill } from '../parts/card.tsx'
import { countEntries } from '../parts/wording.ts'
import type { ReadEntry, UnprovedEntry } from './entry-body.ts'
import { ActivityCard, type ActivityCounts } from './ledger-activity.tsx'
import { type Filter, FilterForm, LedgerChips, ledgerPath, wireQuery } from './ledger-filter.tsx'
import { EntriesTable } from './ledger-table.tsx'

/** The part of a signed note that readers see; the browser checks it. */
export interface ShownCheckpoint {
  readonly size: number
  readonly root: string
}

/** A page of entries. */
export interface EntryPage {
  readonly filter: Filter
  readonly entries: readonly ReadEntry[]
  /** Only on the newest page. */
  readonly unproved: readonly UnprovedEntry[]
  /** Leaf index at which the next page starts; null on the last page. */
  readonly next: number | null
  readonly checkpoint: ShownCheckpoint | null
  /** The last leaf index that the filter covers, while the search index is behind; null where it covers every entry. */
  readonly indexedThrough: number | null
  readonly nameOf: NameOf
}

interface LedgerView {
  readonly frame: PersonalFrame
  readonly listed: EntryPage
  readonly counted: ActivityCounts
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
        <ActivityCard counted={counted} until={until} values={filter.values} />
        <FilterForm values={filter.values} />
        <LedgerChips values={filter.values} />
        {isNewest(listed) ? <LiveBar filter={filter} checkpoint={checkpoint} /> : null}
        <LedgerList listed={listed} />
        <Exports filter={filter} />
      </main>
    </Page>
  )
}

const isNewest = ({ filter }: EntryPage): boolean => filter.after === undefined

const CheckpointCard = ({ checkpoint }: { checkpoint: ShownCheckpoint }) => (
  <Card id="checkpoint" title="Checkpoint" note={<CheckpointPill {...checkpoint} />}>
    <dl class="body facts">
      <dt>Size</dt>
      <dd>{countEntries(checkpoint.size)}</dd>
      <dt>Root</dt>
      <dd class="mono">{checkpoint.root}</dd>
    </dl>
  </Card>
)

/** The longest of the words that `browser/ledger-script.ts` may put there: their room is kept, so that nothing moves. */
const LONGEST = 'Signature verified in this browser'

const CheckpointPill = ({ size, root }: ShownCheckpoint) => (
  <span class="pill" role="status" data-checkpoint={root} data-size={size} data-longest={LONGEST}>
    Verifying in this browser…
  </span>
)

/** The controls of automatic updates; `data-after` is the last leaf index on the page. */
const LiveBar = ({ filter, checkpoint }: { filter: Filter; checkpoint: ShownCheckpoint | null }) => (
  <div class="following" data-follow={wireQuery(filter)} data-after={checkpoint ? checkpoint.size - 1 : undefined}>
    <LivePill />
    <button type="button" class="quiet" data-pause="" aria-pressed="false">
      Pause
    </button>
    <button type="button" class="primary fresh" data-fresh="" hidden></button>
  </div>
)

/** The part that is fetched again when entries were added. */
export const LedgerList = ({ listed }: { listed: EntryPage }) => {
  const { entries, unproved, filter, next, nameOf } = listed
  if (entries.length + unproved.length === 0) {
    return (
      <div id="entries">
        <IndexNote through={listed.indexedThrough} />
        <NoEntries filtered={Object.keys(filter.values).length > 0} />
      </div>
    )
  }
  return (
    <div id="entries">
      <IndexNote through={listed.indexedThrough} />
      <EntriesTable unproved={unproved} entries={entries} nameOf={nameOf} />
      <nav class="pages" aria-label="Pages of entries">
        {filter.after === undefined ? null : <a href={ledgerPath(filter.values)}>Newest</a>}
        <span class="spacer"></span>
        {next === null ? (
          <span class="muted">These are the oldest entries</span>
        ) : (
          <a class="button" rel="next" href={ledgerPath(filter.values, next)}>
            Older entries
          </a>
        )}
      </nav>
    </div>
  )
}

const IndexNote = ({ through }: { through: number | null }) =>
  through === null ? null : (
    <p class="note warn">
      The search index is behind the log: this filter covers the entries up to {through}. Later ones follow soon.
    </p>
  )

const Exports = ({ filter }: { filter: Filter }) => (
  <section class="exports" aria-label="Export">
    <p class="muted">
      <span>Download all matching entries:</span>
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

const NoEntries = ({ filtered }: { filtered: boolean }) => (
  <div class="card empty">
    <h2>{filtered ? 'No matching entries' : 'The ledger is empty'}</h2>
    <p>
      {filtered
        ? 'Each value must be complete: an agent’s id, an executor’s URI, an action’s full name. Remove a filter to find more.'
        : 'Every proposal, consent, token, redemption and outcome is recorded here and never changed.'}
    </p>
    {filtered ? (
      <p>
        <a href="/ledger">Show all entries</a>
      </p>
    ) : null}
  </div>
)

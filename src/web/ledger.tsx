/**
 * The ledger, for auditors: its checkpoint, its activity, and the entries that were looked for, a page at a time.
 *
 * In: what was found. Out: the page. Every line leads to the story it belongs to; every view has an address.
 * `browser/ledger.ts` checks the checkpoint's signature in the browser. Specification: DESIGN 8.
 */
import type { PersonalFrame } from './door.tsx'
import { ActivityPicture, type Counted, entriesIn } from './ledger-activity.tsx'
import type { NameOf, ReadEntry } from './ledger-entry.ts'
import { Chosen, type Filter, FilterForm, ledgerPath } from './ledger-filter.tsx'
import { EntriesTable } from './ledger-table.tsx'
import { Page } from './page.tsx'

/** Of a signed note, as far as a reader is shown it; checked in the browser. */
export interface ShownCheckpoint {
  readonly size: number
  readonly root: string
}

export interface LedgerView {
  readonly frame: PersonalFrame
  readonly filter: Filter
  readonly entries: readonly ReadEntry[]
  /** Leaf index to go on from; null on the last page. */
  readonly next: number | null
  readonly counted: Counted
  readonly until: number
  readonly checkpoint: ShownCheckpoint | null
  readonly nameOf: NameOf
}

export const isAuditor = ({ person }: PersonalFrame): boolean => person.roles.includes('auditor')

export const LedgerPage = (view: LedgerView) => {
  const { frame, filter, checkpoint } = view
  return (
    <Page frame={frame} title="Ledger" place="ledger" scripts={isAuditor(frame) ? ['ledger'] : []}>
      <main id="content" class="column ledger">
        <div class="heading">
          <h1>Ledger</h1>
          <a class="pill" href="/ledger/people">
            People and keys
          </a>
        </div>
        {checkpoint ? <CheckpointCard checkpoint={checkpoint} checks={isAuditor(frame)} /> : null}
        <ActivityPicture counted={view.counted} until={view.until} values={filter.values} />
        <FilterForm values={filter.values} />
        <Chosen values={filter.values} />
        {filter.fault ? (
          <p class="note warn" role="alert">
            {filter.fault}
          </p>
        ) : null}
        <Found view={view} />
      </main>
    </Page>
  )
}

const CheckpointCard = ({ checkpoint, checks }: { checkpoint: ShownCheckpoint; checks: boolean }) => (
  <section class="card" aria-labelledby="checkpoint">
    <header>
      <h2 id="checkpoint">Checkpoint</h2>
      {checks ? (
        <span class="pill" role="status" data-checkpoint={checkpoint.root} data-size={checkpoint.size}>
          checking in this browser…
        </span>
      ) : null}
    </header>
    <dl class="body facts">
      <dt>Size</dt>
      <dd>{entriesIn(checkpoint.size)}</dd>
      <dt>Root</dt>
      <dd class="mono">{checkpoint.root}</dd>
    </dl>
  </section>
)

const Found = ({ view }: { view: LedgerView }) => {
  const { entries, filter, next, nameOf, frame } = view
  if (entries.length === 0) return <Nothing filtered={Object.keys(filter.values).length > 0} />
  return (
    <>
      <EntriesTable entries={entries} nameOf={nameOf} />
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
      {isAuditor(frame) ? <Exports filter={filter} /> : <AuditorsOnly />}
    </>
  )
}

const Exports = ({ filter }: { filter: Filter }) => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter.looked)) if (value !== undefined) query.set(name, String(value))
  const href = (format: string) => `/ledger/export?${new URLSearchParams([...query, ['format', format]])}`
  return (
    <p class="exports muted">
      <span>Everything that this view finds, as a file:</span>
      <a href={href('jsonl')}>JSON Lines</a>
      <a href={href('csv')}>CSV</a>
    </p>
  )
}

const AuditorsOnly = () => (
  <p class="exports muted">Exports, proofs and checks in the browser are for people with the role auditor.</p>
)

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

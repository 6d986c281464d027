/** Entries as a table, unproved ones first. */
import { base64urlEncode } from '@countersign/verifier'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { TimeCell, WideTable } from '../parts/wide-table.tsx'
import { forWhom, hostOf } from '../parts/wording.ts'
import type { EntryBody, ReadEntry, UnprovedEntry } from './entry-body.ts'
import { wordsOf } from './ledger-entry.ts'

interface TableProps {
  readonly unproved: readonly UnprovedEntry[]
  readonly entries: readonly ReadEntry[]
  readonly nameOf: NameOf
}

export const EntriesTable = ({ unproved, entries, nameOf }: TableProps) => (
  <WideTable caption="Entries of the ledger, newest first; times in UTC" columns={COLUMNS}>
    {[...unproved, ...entries].map((entry) => (
      <Line entry={entry} nameOf={nameOf} />
    ))}
  </WideTable>
)

const COLUMNS = ['Time (UTC)', 'Event', 'Agent, principal', 'Approved by', 'Executor', 'Outcome', 'Entry']

interface LineProps {
  readonly entry: ReadEntry | UnprovedEntry
  readonly nameOf: NameOf
}

const Line = ({ entry, nameOf }: LineProps) => {
  const { body } = entry
  return (
    <tr data-entry={isProved(entry) ? entry.index : undefined} data-leaf={base64urlEncode(entry.leaf)}>
      <TimeCell at={body.at} />
      <td>
        <Event entry={entry} nameOf={nameOf} />
      </td>
      <td>
        <Parties body={body} nameOf={nameOf} />
      </td>
      <td data-said="approved by">
        <Approvers entry={entry} nameOf={nameOf} />
      </td>
      <td class="wide">{body.executor ? <UntrustedText text={hostOf(body.executor)} limit={60} /> : null}</td>
      <td data-said="outcome:">{isProved(entry) && entry.ended ? <Outcome ended={entry.ended} /> : null}</td>
      <Place entry={entry} />
    </tr>
  )
}

const isProved = (entry: ReadEntry | UnprovedEntry): entry is ReadEntry => 'index' in entry

const Event = ({ entry, nameOf }: LineProps) => {
  const { body } = entry
  const [title, detail, tone] = wordsOf(body, nameOf)
  const place = isProved(entry) ? `?at=${entry.index}#entry-${entry.index}` : ''
  return (
    <>
      <a class={`happened ${tone}`} href={`/ledger/traces/${body.trace}${place}`}>
        <UntrustedText text={title} limit={120} />
      </a>
      {detail ? (
        <span class="block muted">
          <UntrustedText text={detail} limit={120} />
        </span>
      ) : null}
    </>
  )
}

const Parties = ({ body: { agent, principal }, nameOf }: { body: EntryBody; nameOf: NameOf }) => {
  if (agent === undefined) return null
  return (
    <>
      <UntrustedText text={agent} limit={60} />
      {principal === undefined ? null : (
        <>
          {' '}
          <UntrustedText text={forWhom(agent, principal, nameOf(principal))} limit={64} />
        </>
      )}
    </>
  )
}

const Approvers = ({ entry, nameOf }: LineProps) => {
  if (!isProved(entry) || entry.approvedBy.length === 0) return null
  return <UntrustedText text={entry.approvedBy.map(nameOf).join(', ')} limit={120} />
}

const Outcome = ({ ended }: { ended: NonNullable<ReadEntry['ended']> }) => (
  <span class={ended === 'succeeded' ? 'ended good' : 'ended bad'}>{ended}</span>
)

const Place = ({ entry }: { entry: ReadEntry | UnprovedEntry }) =>
  isProved(entry) ? (
    <td data-said="entry">
      <span class="mono">{entry.index}</span> <ProofLink index={entry.index}>proof</ProofLink>
    </td>
  ) : (
    <td>
      <UnprovedPill />
    </td>
  )

export const ProofLink = ({ index, children }: { index: number; children: string }) => (
  <a
    class="proof"
    href={`/ledger/proofs/${index}`}
    download={`entry-${index}.tlog-proof`}
    aria-label={`${children} of entry ${index}`}
  >
    {children}
  </a>
)

export const UnprovedPill = () => (
  <span class="pill waiting" title="Recorded; the next checkpoint of the log will cover it">
    Proof pending
  </span>
)

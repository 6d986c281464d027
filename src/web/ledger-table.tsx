/**
 * Entries as a table: when, what in plain words, by whom and for whom, how it ended.
 *
 * In: entries as they were found. Out: a table; on a phone the columns for parties become a line below what happened.
 */
import { type EntryBody, type NameOf, type ReadEntry, wordsOf } from './ledger-entry.ts'
import { Said } from './said.tsx'
import { day, hostOf, machineTime } from './wording.ts'

interface TableProps {
  readonly entries: readonly ReadEntry[]
  readonly nameOf: NameOf
}

export const EntriesTable = ({ entries, nameOf }: TableProps) => (
  <div class="card">
    <table class="entries">
      <caption class="sr-only">Entries of the ledger, newest first; times in UTC</caption>
      <thead>
        <tr>
          <th scope="col">Time (UTC)</th>
          <th scope="col">What</th>
          <th scope="col" class="wide">
            Agent, for
          </th>
          <th scope="col" class="wide">
            Executor
          </th>
          <th scope="col" class="wide">
            Entry
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <Line entry={entry} nameOf={nameOf} />
        ))}
      </tbody>
    </table>
  </div>
)

const Line = ({ entry: { index, body }, nameOf }: { entry: ReadEntry; nameOf: NameOf }) => {
  const [title, detail, tone] = wordsOf(body, nameOf)
  return (
    <tr data-entry={index}>
      <td class="when">
        <time datetime={machineTime(body.at)}>
          {machineTime(body.at).slice(11, 19)}
          <span class="block muted">{day(body.at)}</span>
        </time>
      </td>
      <td>
        <a class={`happened ${tone}`} href={`/ledger/traces/${body.trace}#entry-${index}`}>
          <Said text={title} limit={120} />
        </a>
        {detail ? (
          <span class="block muted">
            <Said text={detail} limit={120} />
          </span>
        ) : null}
        <span class="narrow-only muted">
          <Parties body={body} /> <span class="mono index">entry {index}</span>
        </span>
      </td>
      <td class="wide">
        <Parties body={body} />
      </td>
      <td class="wide">{body.executor ? <Said text={hostOf(body.executor)} limit={60} /> : '–'}</td>
      <td class="wide mono number">{index}</td>
    </tr>
  )
}

const Parties = ({ body: { agent, principal } }: { body: EntryBody }) => {
  if (agent === undefined) return <span class="wide">–</span>
  return (
    <>
      <Said text={agent} limit={60} />
      {principal === undefined ? null : (
        <>
          {' '}
          for <Said text={principal} limit={60} />
        </>
      )}
    </>
  )
}

/**
 * A table of things that happened, the time first, then what happened; on a phone the further cells become lines below
 * it, each after the words of its `data-said`.
 */
import type { PropsWithChildren } from 'hono/jsx'
import { day, machineTime } from './wording.ts'

interface TableProps {
  readonly caption: string
  readonly columns: readonly string[]
}

export const WideTable = ({ caption, columns, children }: PropsWithChildren<TableProps>) => (
  <div class="card">
    <table class="entries">
      <caption class="sr-only">{caption}</caption>
      <thead>
        <tr>
          {columns.map((label) => (
            <th scope="col">{label}</th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
)

/** `at`: epoch seconds. */
export const TimeCell = ({ at }: { at: number }) => (
  <td class="when">
    <time datetime={machineTime(at)}>
      {machineTime(at).slice(11, 19)}
      <span class="block muted">{day(at)}</span>
    </time>
  </td>
)

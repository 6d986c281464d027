/** A table of things that happened, the time first; on a phone its wide columns become a line below the second. */
import type { PropsWithChildren } from 'hono/jsx'
import { day, machineTime } from './wording.ts'

interface TableProps {
  readonly caption: string
  readonly narrow: readonly string[]
  readonly wide: readonly string[]
}

export const WideTable = ({ caption, narrow, wide, children }: PropsWithChildren<TableProps>) => (
  <div class="card">
    <table class="entries">
      <caption class="sr-only">{caption}</caption>
      <thead>
        <tr>
          {narrow.map((label) => (
            <th scope="col">{label}</th>
          ))}
          {wide.map((label) => (
            <th scope="col" class="wide">
              {label}
            </th>
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

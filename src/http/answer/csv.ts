/**
 * Ledger entries as CSV: the members that most entries have, the outcome of their trace, and the whole entry as JSON in
 * the last column.
 *
 * In: entries as the wire has them. Out: lines. Every value is quoted; one that a spreadsheet would run as a formula
 * gets an apostrophe before it, so that opening an export does nothing. RFC 4180.
 */
import type * as z from 'zod'
import type { EntryView } from '../../api/ledger/ledger-shapes.ts'

const COLUMNS = [
  'at',
  'type',
  'trace',
  'request',
  'jti',
  'agent',
  'principal',
  'approver',
  'executor',
  'name',
  'outcome',
] as const

const FORMULA = /^[=+\-@\t\r]/

function cell(value: unknown): string {
  const text =
    value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : `${value}`
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
}

export const csvHead = `${['index', 'leaf', ...COLUMNS, 'denial_reason', 'approved_by', 'trace_outcome', 'entry'].join(',')}\r\n`

export function csvLine({
  index,
  leaf,
  entry,
  denial_reason,
  approved_by,
  trace_outcome,
}: z.input<typeof EntryView>): string {
  const members = COLUMNS.map((column) => entry[column])
  return `${[index, leaf, ...members, denial_reason, approved_by.join(' '), trace_outcome, entry].map(cell).join(',')}\r\n`
}

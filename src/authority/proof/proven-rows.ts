/**
 * The proven configuration, in this process's memory. A row of the database counts only while it equals its proven
 * row. SPEC 10.4.
 */
import type { JsonObject } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import type { ConfigurationRow, Present, RowKind } from '../../domain/identity/configuration-rows.ts'

export interface ProvenRows {
  readonly present: Present
  /** Whether the row, as the database has it, is the one in force. Each call asks: it compares, and copies nothing. */
  readonly holds: (row: ConfigurationRow) => boolean
  readonly idsOf: (kind: RowKind) => readonly string[]
}

export interface InForce extends ProvenRows {
  readonly put: (rows: readonly ConfigurationRow[]) => void
  /** The same rows, apart from later changes of this one. */
  readonly copy: () => InForce
}

export function createInForce(before: Iterable<readonly [string, JsonObject]> = []): InForce {
  const rows = new Map<string, JsonObject>(before)
  const keyOf = (kind: RowKind, id: string) => `${kind} ${id}`
  const present: Present = (kind, id) => rows.get(keyOf(kind, id))

  return {
    present,
    put(changed) {
      for (const { kind, id, content } of changed) {
        if (content === null) rows.delete(keyOf(kind, id))
        else rows.set(keyOf(kind, id), plainJson(content))
      }
    },
    holds({ kind, id, content }) {
      const proven = present(kind, id)
      return proven !== undefined && content !== null && isSame(content, proven)
    },
    idsOf: (kind) =>
      [...rows.keys()].filter((key) => key.startsWith(`${kind} `)).map((key) => key.slice(kind.length + 1)),
    copy: () => createInForce(rows),
  }
}

type Members = Readonly<Record<string, unknown>>

const holdsMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null

/** Whether `value`, as JSON carries it, says what `proven` does, in whatever order its members stand. */
function isSame(value: unknown, proven: unknown): boolean {
  if (!holdsMembers(value) || !holdsMembers(proven)) return value === proven
  if (Array.isArray(value) !== Array.isArray(proven)) return false
  let count = 0
  for (const name of Object.keys(value)) {
    if (value[name] === undefined) continue
    if (!Object.hasOwn(proven, name) || !isSame(value[name], proven[name])) return false
    count++
  }
  return count === Object.keys(proven).length
}

/**
 * The configuration in force, in this process's memory: only what was proven gets in, and a row of the database counts
 * while it says the same. SPEC 10.4.
 */
import { canonicalize, type JsonObject } from '@countersign/verifier'
import type { ConfigurationRow, Present, RowKind } from '../../domain/identity/configuration-rows.ts'

export interface InForce {
  readonly present: Present
  readonly put: (rows: readonly ConfigurationRow[]) => void
  /** Whether the row, as the database has it, is the one in force. */
  readonly holds: (row: ConfigurationRow) => boolean
  readonly idsOf: (kind: RowKind) => readonly string[]
}

interface Proven {
  readonly content: JsonObject
  readonly canonical: string
  /** The text in which the database last gave it: an equal one needs no second look. */
  seen: string | undefined
}

export function createInForce(): InForce {
  const rows = new Map<string, Proven>()
  const keyOf = (kind: RowKind, id: string) => `${kind} ${id}`

  return {
    present: (kind, id) => rows.get(keyOf(kind, id))?.content,
    put(changed) {
      for (const { kind, id, content } of changed) {
        if (content === null) rows.delete(keyOf(kind, id))
        else rows.set(keyOf(kind, id), { content, canonical: canonicalize(content), seen: undefined })
      }
    },
    holds({ kind, id, content }) {
      const proven = rows.get(keyOf(kind, id))
      if (!proven || content === null) return false
      const text = JSON.stringify(content)
      if (proven.seen === text) return true
      if (canonicalize(content) !== proven.canonical) return false
      proven.seen = text
      return true
    },
    idsOf: (kind) =>
      [...rows.keys()].filter((key) => key.startsWith(`${kind} `)).map((key) => key.slice(kind.length + 1)),
  }
}

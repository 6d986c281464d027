/** Content that the gateway itself adds to a result: no part of what the server says. */
import type { JsonObject } from '@countersign/verifier'

const notes = new WeakSet<object>()

export function noted<T extends JsonObject>(note: T): T {
  notes.add(note)
  return note
}

export const isNote = (content: object): boolean => notes.has(content)

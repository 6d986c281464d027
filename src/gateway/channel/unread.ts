/**
 * Writes to the clients of one agent. What a client does not read waits in memory: beyond 64 MiB for all of them the
 * stream that holds the most ends, and its client may come back.
 */
import type { ServerResponse } from 'node:http'

export interface Unread {
  readonly write: (response: ServerResponse, text: string) => void
  /** Writes and ends. */
  readonly end: (response: ServerResponse, text: string) => void
}

const MAX_UNREAD = 64 * 1024 * 1024

export function createUnread(maxBytes = MAX_UNREAD): Unread {
  /** Those that were read more slowly than written. */
  const slow = new Set<ServerResponse>()

  function note(response: ServerResponse): void {
    if (response.writableLength === 0) return
    if (!slow.has(response)) response.once('close', () => slow.delete(response))
    slow.add(response)
    const all = [...slow].sort((one, other) => other.writableLength - one.writableLength)
    if (all.reduce((sum, { writableLength }) => sum + writableLength, 0) > maxBytes) all[0]?.destroy()
  }

  return {
    write(response, text) {
      if (!response.write(text)) note(response)
    },
    end(response, text) {
      response.end(text)
      note(response)
    },
  }
}

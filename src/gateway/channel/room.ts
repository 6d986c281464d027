/**
 * Room for the messages of one agent that have come in part: those that it sends, and those that servers send it. Each
 * agent has an equal share of the gateway's, so that none takes that of another.
 */
export interface Room {
  /** Whether there was room for so many bytes, or characters; they are then taken. */
  readonly take: (size: number) => boolean
  readonly give: (size: number) => void
}

const MAX_ROOM = 512 * 1024 * 1024
const LEAST_ROOM = 16 * 1024 * 1024

/** `sharers`: among how many agents the gateway's room is divided. */
export function createRoom(sharers: number): Room {
  let free = Math.max(LEAST_ROOM, Math.floor(MAX_ROOM / sharers))
  return {
    take(size) {
      if (size > free) return false
      free -= size
      return true
    },
    give(size) {
      free += size
    },
  }
}

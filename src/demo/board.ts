/** The replies and drafts of the demo's forum by board and thread, in memory. It knows nothing of approvals. */
export interface Post {
  readonly id: number
  /** On whose behalf it was written. */
  readonly author: string
  readonly text: string
}

export interface Place {
  readonly board: string
  readonly thread: string
}

export interface Boards {
  readonly posts: (place: Place) => readonly Post[]
  readonly publish: (place: Place, author: string, text: string) => Post
  /** The draft for a thread, which nobody reads yet. Empty where there is none. */
  readonly draft: (place: Place) => string
  readonly saveDraft: (place: Place, text: string) => void
  /** Returns the number of posts removed. */
  readonly clear: (place: Place) => number
}

export function createBoards(): Boards {
  const threads = new Map<string, Post[]>()
  const drafts = new Map<string, string>()
  const keyOf = ({ board, thread }: Place) => JSON.stringify([board, thread])
  return {
    posts: (place) => threads.get(keyOf(place)) ?? [],
    publish(place, author, text) {
      const posts = threads.get(keyOf(place)) ?? []
      const post = { id: posts.length + 1, author, text }
      threads.set(keyOf(place), [...posts, post])
      return post
    },
    draft: (place) => drafts.get(keyOf(place)) ?? '',
    saveDraft: (place, text) => void drafts.set(keyOf(place), text),
    clear(place) {
      const { length } = threads.get(keyOf(place)) ?? []
      threads.delete(keyOf(place))
      return length
    },
  }
}

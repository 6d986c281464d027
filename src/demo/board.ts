/** The replies of the demo's forum by board and thread, in memory. It knows nothing of approvals. */
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
  /** Returns the number of posts removed. */
  readonly clear: (place: Place) => number
}

export function createBoards(): Boards {
  const threads = new Map<string, Post[]>()
  const keyOf = ({ board, thread }: Place) => JSON.stringify([board, thread])
  return {
    posts: (place) => threads.get(keyOf(place)) ?? [],
    publish(place, author, text) {
      const posts = threads.get(keyOf(place)) ?? []
      const post = { id: posts.length + 1, author, text }
      threads.set(keyOf(place), [...posts, post])
      return post
    },
    clear(place) {
      const { length } = threads.get(keyOf(place)) ?? []
      threads.delete(keyOf(place))
      return length
    },
  }
}

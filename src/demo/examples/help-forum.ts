/**
 * The forum that the examples write to: its guard runs a post only with a token for exactly that post.
 *
 * In a real system it stands behind the agent's reach; here both are in one process.
 */
import type { ConsentedCall } from '@countersign/client'
import type { Verifier } from '@countersign/verifier'

export interface Post {
  readonly thread: string
  readonly text: string
}

export interface HelpForum {
  readonly posts: readonly Post[]
  /** The call as the agent proposes it, with the guard as its body. */
  readonly call: ConsentedCall<Post, string>
}

export function createHelpForum(verifier: Verifier): HelpForum {
  const posts: Post[] = []
  const resource = ({ thread }: Post) => `forum:eng/threads/${thread}`
  const post = verifier.guard('forum.post', {
    resource,
    run: ({ thread, text }: Post) => `Post ${posts.push({ thread, text })} is published in thread ${thread}.`,
  })
  return { posts, call: { audience: verifier.audience, name: 'forum.post', resource, run: post } }
}

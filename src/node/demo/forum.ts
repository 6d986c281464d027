/**
 * The demo's executor: a small forum on a port of its own.
 *
 * In: where the authority is, the forum's credential and challenge key, a port. Out: a running forum.
 * Lists are open to all; what the catalogue names runs only with a token. It is not the authority's process in anything
 * but this demo: all they share is HTTP.
 */

import { ApprovalError, type ChallengeKey, createVerifier, type Verifier } from '@countersign/verifier'
import { problemResponse } from '@countersign/verifier/fetch'
import { serve } from '@hono/node-server'
import { type Boards, createBoards, type Place } from './board.ts'
import { deleteThread, type Handler, publishReply, readAuthors } from './forum-actions.ts'

export interface ForumOptions {
  readonly issuer: string
  /** The forum's URI: the audience of its tokens. */
  readonly audience: string
  readonly credential: string
  readonly challengeKey: ChallengeKey
  /** 0 for a free one. */
  readonly port: number
}

export interface Forum {
  readonly url: string
  readonly stop: () => Promise<void>
}

export async function startForum({ port, ...trust }: ForumOptions): Promise<Forum> {
  const verifier = createVerifier({ ...trust, skewSeconds: 1 })
  const handle = forumOver(verifier, createBoards())
  const server = serve({ fetch: handle, port, hostname: 'localhost' })
  await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://localhost:${bound}`,
    stop: async () => {
      await verifier.settled()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Route = (verifier: Verifier, boards: Boards, place: Place) => Handler

const ROUTES: Readonly<Record<string, Route>> = {
  'GET ': (_, boards, place) => async () => Response.json({ ...place, posts: boards.posts(place) }),
  'GET /authors': readAuthors,
  'POST /posts': publishReply,
  'DELETE ': deleteThread,
}

/** The forum as a fetch handler: `/boards/:board/threads/:thread`, `/authors` and `/posts` below it. */
export function forumOver(verifier: Verifier, boards: Boards): Handler {
  // Each handler holds the verifier's memory of spent tokens through `verifier`, so making one per call is harmless.
  return async (request) => {
    const { pathname } = new URL(request.url)
    const [, board, thread, rest = ''] =
      /^\/boards\/([\w-]{1,64})\/threads\/([\w-]{1,64})(\/\w+)?$/.exec(pathname) ?? []
    const route = ROUTES[`${request.method} ${rest}`]
    if (board === undefined || thread === undefined || route === undefined) {
      return problemResponse(new ApprovalError('not_found'))
    }
    return route(verifier, boards, { board, thread })(request)
  }
}

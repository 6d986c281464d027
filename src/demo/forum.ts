/**
 * The demo's executor: a small forum on a port of its own.
 *
 * In: the authority's address, the forum's credential and challenge key, a port. Out: a running forum.
 * Lists and drafts are open to all; what the catalogue names runs only with a token. It shares a process with the authority only in
 * this demo: they talk over HTTP.
 */

import { ApprovalError, type ChallengeKey, createVerifier, type Verifier } from '@countersign/verifier'
import { problemResponse } from '@countersign/verifier/fetch'
import { type Boards, createBoards, type Place } from './board.ts'
import { deleteThread, publishDraft, publishReply, readAuthors, saveDraft } from './forum-actions.ts'
import { type Handler, listen, type RunningExecutor } from './listen.ts'

export interface ForumOptions {
  readonly issuer: string
  /** The forum's URI: the audience of its tokens. */
  readonly audience: string
  readonly credential: string
  readonly challengeKey: ChallengeKey
  /** 0 for a free one. */
  readonly port: number
}

export async function startForum({ port, ...trust }: ForumOptions): Promise<RunningExecutor> {
  const verifier = createVerifier({ ...trust, skewSeconds: 1 })
  const server = await listen(forumOver(verifier, createBoards()), port)
  return { url: server.url, stop: () => verifier.settled().then(server.stop) }
}

type Route = (verifier: Verifier, boards: Boards, place: Place) => Handler

const ROUTES: Readonly<Record<string, Route>> = {
  'GET ': (_, boards, place) => async () => Response.json({ ...place, posts: boards.posts(place) }),
  'GET /authors': readAuthors,
  'POST /posts': publishReply,
  'PUT /draft': saveDraft,
  'POST /draft': publishDraft,
  'DELETE ': deleteThread,
}

/** The forum as a fetch handler: `/boards/:board/threads/:thread`, with `/authors`, `/posts` and `/draft` below it. */
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

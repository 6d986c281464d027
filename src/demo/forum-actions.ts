/**
 * The forum's guarded actions: this is all it takes to put an executor behind approval.
 *
 * In: a verifier and the boards. Out: fetch handlers that run only with a token for exactly that call, and the catalogue
 * under which the forum is registered at the authority.
 */
import {
  ApprovalError,
  digestOf,
  type JsonObject,
  type JsonValue,
  type Preview,
  parseJson,
  type Verifier,
} from '@countersign/verifier'
import { approved } from '@countersign/verifier/fetch'
import type { Boards, Place, Post } from './board.ts'
import type { Handler } from './listen.ts'

export const CATALOGUE: readonly JsonObject[] = [
  {
    name: 'forum.read',
    effect: 'read',
    reversible: true,
    title: 'Read who writes in the {board} forum, thread {thread}',
  },
  {
    name: 'forum.post',
    effect: 'write',
    reversible: true,
    title: 'Publish a reply in the {board} forum, thread {thread}',
  },
  {
    name: 'forum.publish_draft',
    effect: 'write',
    reversible: true,
    title: 'Publish the draft for thread {thread} of the {board} forum',
    state: 'required',
  },
  {
    name: 'forum.delete_thread',
    effect: 'destructive',
    reversible: false,
    title: 'Delete thread {thread} of the {board} forum with all its replies',
  },
]

interface Reply extends Place {
  readonly text: string
}

/** The resource of a thread. */
export const resourceOf = ({ board, thread }: Place): string => `forum:${board}/threads/${thread}`

export const readAuthors = (verifier: Verifier, boards: Boards, place: Place): Handler =>
  approved<Place, { authors: string[] }>(verifier, 'forum.read', {
    args: () => place,
    resource: resourceOf,
    policyMayAllow: true,
    run: (args) => ({ authors: [...new Set(boards.posts(args).map(({ author }) => author))] }),
  })

export const publishReply = (verifier: Verifier, boards: Boards, place: Place): Handler =>
  approved(verifier, 'forum.post', {
    args: (_, body) => ({ ...place, text: textOf(body) }),
    resource: resourceOf,
    preview: (reply: Reply) => previewOf(boards, reply),
    reason: ({ board }) => `Everyone who can read the ${board} forum will see it at once.`,
    run: (reply, { approval }) => boards.publish(reply, approval.principal, reply.text),
    respond: (post) => Response.json(post, { status: 201 }),
    result: ({ id, text }) => ({ changes: [{ label: `Reply ${id}`, before: null, after: text }] }),
  })

/** Drafts are private: saving one needs no approval. */
export const saveDraft =
  (_: Verifier, boards: Boards, place: Place): Handler =>
  async (request) => {
    boards.saveDraft(place, textOf(parseJson(await request.text())))
    return Response.json({})
  }

/** The call does not hold the text, so the approval is bound to the draft as it was shown. */
export const publishDraft = (verifier: Verifier, boards: Boards, place: Place): Handler =>
  approved<Place, Post>(verifier, 'forum.publish_draft', {
    args: () => place,
    resource: resourceOf,
    state: (args) => digestOf(boards.draft(args)),
    preview: (args) => previewOf(boards, { ...args, text: boards.draft(args) }),
    run: (args, { approval }) => boards.publish(args, approval.principal, boards.draft(args)),
    result: ({ id, text }) => ({ changes: [{ label: `Reply ${id}`, before: null, after: text }] }),
  })

export const deleteThread = (verifier: Verifier, boards: Boards, place: Place): Handler =>
  approved<Place, { deleted: number }>(verifier, 'forum.delete_thread', {
    args: () => place,
    resource: resourceOf,
    preview: (args) => ({
      summary: `${boards.posts(args).length} replies would be lost.`,
      changes: boards.posts(args).map(({ id, text }) => ({ label: `Reply ${id}`, before: text, after: null })),
    }),
    run: (args) => ({ deleted: boards.clear(args) }),
  })

function previewOf(boards: Boards, { text, ...place }: Reply): Preview {
  const next = boards.posts(place).length + 1
  return {
    summary: `Reply ${next} of the thread.`,
    changes: [{ label: `Reply ${next} in ${place.board}, thread ${place.thread}`, before: null, after: text }],
  }
}

function textOf(body: JsonValue | undefined): string {
  const text = typeof body === 'object' && body !== null && 'text' in body ? body.text : undefined
  if (typeof text === 'string' && text.length > 0 && text.length <= 4000) return text
  throw new ApprovalError('invalid_request', { message: 'The body must be { "text" } with 1 to 4000 characters.' })
}

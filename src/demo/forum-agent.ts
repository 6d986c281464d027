/**
 * The agent of the forum's story. It holds a credential to propose with, and the tokens it was given; nothing else.
 *
 * In: the authority's client, the forum's address. Out: calls to the forum, as an agent makes them.
 */

import { newSalt } from '@countersign/verifier'
import { type Client, createClient } from '../client/client.ts'
import type { Place, Post } from './board.ts'
import { resourceOf } from './forum-actions.ts'
import { calling, said, type ToolAnswer } from './tool-answer.ts'

export interface AgentOptions {
  readonly authority: string
  readonly credential: string
  /** Base URL of the executor. */
  readonly executor: string
  readonly audience: string
}

export interface ReadPermission {
  readonly token: string
  readonly expiresAt: number
}

export interface HelpdeskAgent {
  readonly client: Client
  /** Asks the authority for a token to read with; policy gives it. */
  readonly permissionToRead: (place: Place, lifeSeconds: number) => Promise<ReadPermission>
  readonly authors: (place: Place, token: string) => Promise<ToolAnswer>
  readonly post: (place: Place, text: string, token?: string) => Promise<ToolAnswer>
  readonly saveDraft: (place: Place, text: string) => Promise<void>
  readonly publishDraft: (place: Place, token?: string) => Promise<ToolAnswer>
  readonly thread: (place: Place) => Promise<readonly Post[]>
}

export function createHelpdeskAgent({ authority, credential, executor, audience }: AgentOptions): HelpdeskAgent {
  const client = createClient({ origin: authority, credential })
  const urlOf = ({ board, thread }: Place, rest = '') => `${executor}/boards/${board}/threads/${thread}${rest}`
  return {
    client,
    permissionToRead: (place, lifeSeconds) => permissionToRead(client, audience, place, lifeSeconds),
    authors: async (place, token) => said(await fetch(urlOf(place, '/authors'), { headers: calling(token) })),
    post: async (place, text, token) =>
      said(
        await fetch(urlOf(place, '/posts'), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', ...calling(token) },
          body: JSON.stringify({ text }),
        }),
      ),
    saveDraft: async (place, text) =>
      void (await fetch(urlOf(place, '/draft'), { method: 'PUT', body: JSON.stringify({ text }) })),
    publishDraft: async (place, token) =>
      said(await fetch(urlOf(place, '/draft'), { method: 'POST', headers: calling(token) })),
    thread: async (place) => ((await (await fetch(urlOf(place))).json()) as { posts: Post[] }).posts,
  }
}

async function permissionToRead(
  client: Client,
  audience: string,
  place: Place,
  lifeSeconds: number,
): Promise<ReadPermission> {
  const action = { name: 'forum.read', resource: resourceOf(place), arguments: { ...place }, salt: newSalt() }
  // A token never outlives its request.
  const opened = await client.propose({ body: { audience, action, expires_in: lifeSeconds } })
  const collected = opened.ok ? await client.waitForToken(opened.value) : opened
  if (!collected.ok) throw new Error(`The authority gave no token to read with: ${collected.problem.code}`)
  return { token: collected.value.token, expiresAt: collected.value.expires_at }
}

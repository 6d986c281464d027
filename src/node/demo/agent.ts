/**
 * The agent of the story. It holds a credential to propose with, and whatever tokens it was given; nothing else.
 *
 * In: the authority's client, the forum's address. Out: calls to the forum, as an agent makes them.
 */

import { type JsonObject, newSalt, parseJson } from '@countersign/verifier'
import { type Client, createClient } from '../../client/client.ts'
import type { Place, Post } from './board.ts'
import { resourceOf } from './forum-actions.ts'

export interface AgentOptions {
  readonly authority: string
  readonly credential: string
  readonly forum: string
  readonly audience: string
}

/** What the forum said. `code` is `ok`, or the code of its refusal. */
export interface Said {
  readonly code: string
  readonly challenge: string | undefined
  readonly body: JsonObject
}

export interface ReadPermission {
  readonly token: string
  readonly expiresAt: number
}

export interface HelpdeskAgent {
  readonly client: Client
  /** Asks the authority for a token to read with; policy gives it. */
  readonly permissionToRead: (place: Place, lifeSeconds: number) => Promise<ReadPermission>
  readonly authors: (place: Place, token: string) => Promise<Said>
  readonly post: (place: Place, text: string, token?: string) => Promise<Said>
  readonly thread: (place: Place) => Promise<readonly Post[]>
}

export function createAgent({ authority, credential, forum, audience }: AgentOptions): HelpdeskAgent {
  const client = createClient({ origin: authority, credential })
  const urlOf = ({ board, thread }: Place, rest = '') => `${forum}/boards/${board}/threads/${thread}${rest}`
  return {
    client,
    permissionToRead: (place, lifeSeconds) => permissionToRead(client, audience, place, lifeSeconds),
    authors: async (place, token) => said(await fetch(urlOf(place, '/authors'), { headers: bearing(token) })),
    post: async (place, text, token) =>
      said(
        await fetch(urlOf(place, '/posts'), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'Accept-Txn-Challenge': '?1', ...bearing(token) },
          body: JSON.stringify({ text }),
        }),
      ),
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

const bearing = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { Authorization: `Bearer ${token}` }

async function said(response: Response): Promise<Said> {
  const body = parseJson(await response.text()) as JsonObject
  const inHeader = /transaction_challenge="([^"]+)"/.exec(response.headers.get('WWW-Authenticate') ?? '')?.[1]
  const inBody = body['transaction_challenge']
  return {
    code: response.ok ? 'ok' : String(body['code']),
    challenge: inHeader ?? (typeof inBody === 'string' ? inBody : undefined),
    body,
  }
}

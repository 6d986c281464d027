/** An agent with a key, people who consent, and an executor whose guard knows nothing of grants. */
import { type ActionSpec, createVerifier, type JsonObject, newSalt, type Verifier } from '@countersign/verifier'
import type { CallInput } from '../../src/client/call-types.ts'
import type { Client } from '../../src/client/client.ts'
import type { CatalogueEntry } from '../../src/domain/identity/parties.ts'
import { dpopKey } from '../http/dpop.ts'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  mustSucceed,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

export const SHOP = 'https://shop.example'
export const ELSEWHERE = 'https://elsewhere.example'

const SHOP_CATALOGUE: readonly CatalogueEntry[] = [
  { name: 'file.write', effect: 'write', reversible: true, title: 'Write {path}' },
  { name: 'file.read', effect: 'read' },
  { name: 'file.purge', effect: 'destructive', reversible: false, title: 'Purge {path}' },
  { name: 'order.pay', effect: 'write', reversible: true, title: 'Pay {amount} to {to}' },
  { name: 'wage.pay', effect: 'write', reversible: true, title: 'Pay', arguments: [{ name: 'wage', sensitive: true }] },
]

export type Key = Awaited<ReturnType<typeof dpopKey>>

export interface Ground {
  readonly authority: TestAuthority
  readonly ada: Person
  readonly key: Key
  readonly agent: Client
  readonly agentSecret: string
  readonly otherAgent: Client
  readonly shop: Awaited<ReturnType<typeof addExecutor>>
  readonly verifier: (more?: object) => Verifier
}

export async function startGround(options: Parameters<typeof startAuthority>[0] = {}): Promise<Ground> {
  const authority = await startAuthority(options)
  const agentSecret = await addAgent(authority, 'coder', { executors: [SHOP, ELSEWHERE] })
  const agent = authority.client(agentSecret)
  const otherAgent = authority.client(await addAgent(authority, 'other', { executors: [SHOP] }))
  const shop = await addExecutor(authority, SHOP, SHOP_CATALOGUE)
  await addExecutor(authority, ELSEWHERE, SHOP_CATALOGUE)
  const ada = await enrolFirstAdmin(authority)
  const verifier = (more: object = {}) =>
    createVerifier({
      issuer: authority.config.origin,
      audience: SHOP,
      credential: shop.credential,
      publicUrl: SHOP,
      now: authority.now,
      fetch: (input, init) => authority.fetch(String(input), init),
      ...more,
    })
  return { authority, ada, key: await dpopKey(authority.now), agent, agentSecret, otherAgent, shop, verifier }
}

export const writing = (path: string, more: JsonObject = {}): ActionSpec => ({
  name: 'file.write',
  resource: 'repo:shop',
  arguments: { path, text: 'x', ...more },
  salt: newSalt(),
})

/** What all writes of a session share. */
export const session = (text = 'x'): Omit<ActionSpec, 'salt'> => ({
  name: 'file.write',
  resource: 'repo:shop',
  arguments: { text },
})
export const BELOW_SRC = { path: { prefix: 'src/' } }

const proofFor = async ({ authority, key }: Pick<Ground, 'authority' | 'key'>, path: string) => ({
  dpop: await key.proof('POST', `${authority.config.origin}${path}`),
})

type Asked = {
  readonly uses?: number
  readonly arguments?: JsonObject
  readonly action?: Omit<ActionSpec, 'salt'>
  readonly expires_in?: number
}

type Opened = ReturnType<typeof openWith>
const openWith = (client: Client, body: CallInput<'openRequest'>['body']) => client.call('openRequest', { body })

/** Asks for a grant, as the agent with its key. */
export async function askGrant(
  ground: Ground,
  { uses = 3, arguments: args = BELOW_SRC, action = session(), expires_in }: Asked = {},
): Opened {
  const body = {
    audience: SHOP,
    action: { ...action, salt: newSalt() },
    bounds: { uses, arguments: args },
    ...(expires_in && { expires_in }),
  }
  return ground.agent.call('openRequest', { body, headers: await proofFor(ground, '/requests') })
}

export async function grant(ground: Ground, asked: Asked = {}) {
  const opened = mustSucceed(await askGrant(ground, asked))
  mustSucceed(await ground.ada.consent(opened.id))
  return opened.id
}

/** Asks for one call, with the agent's key. */
export async function ask(ground: Ground, action: ActionSpec, agent = ground.agent): Opened {
  return agent.call('openRequest', { body: { audience: SHOP, action }, headers: await proofFor(ground, '/requests') })
}

export async function tokenFor(ground: Ground, action: ActionSpec): Promise<string> {
  const { token, state } = mustSucceed(await ask(ground, action))
  if (token === undefined) throw new Error(`No token at once: ${state}`)
  return token
}

/** Presents a token as the agent does, with a fresh proof by its key. */
export async function present(
  ground: Ground,
  token: string,
  call: ActionSpec,
  verifier = ground.verifier(),
  key = ground.key,
) {
  const ath = await thumb(token)
  const proof = await key.proof('POST', `${SHOP}/write`, { ath })
  const { salt: _, ...bare } = call
  return verifier.verify(token, bare, { dpop: { proof, method: 'POST', url: '/write' } })
}

async function thumb(token: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  return Buffer.from(bytes).toString('base64url')
}

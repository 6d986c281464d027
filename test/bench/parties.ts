/**
 * An agent, an executor, an auditor and an approver, registered at a running authority as anyone would, over HTTP.
 *
 * In: a `Product` that has no admin yet. Out: credentials, and the first admin, with a software passkey.
 */
import { type ActionSpec, newSalt, parseJson } from '@countersign/verifier'
import { type Answer, type Client, createClient, type Fetch } from '../../src/client/client.ts'
import { fetchAsPage } from '../../src/client/cookies.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { type Authenticator, createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import { post } from './load.ts'
import type { Product } from './product.ts'

export const FORUM = 'https://forum.example'
export const AGENT = 'helpdesk-agent'

const CATALOGUE = [
  { name: 'forum.read', effect: 'read', reversible: true, title: 'Read thread {thread} of {board}' },
  { name: 'forum.post', effect: 'write', reversible: true, title: 'Publish a reply in {board}, thread {thread}' },
]

export interface Parties {
  readonly agentCredential: string
  readonly executorCredential: string
  readonly auditorCredential: string
  /** The first admin, who is an approver too. */
  readonly approver: Approver
}

export function mustSucceed<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value
  throw new Error(`Refused: ${JSON.stringify(answer.problem)}`)
}

export async function registerParties(
  product: Pick<Product, 'origin' | 'operator' | 'bootstrapLink'>,
): Promise<Parties> {
  const { operator } = product
  const agentCredential = await add(operator, 'countersign.agent.add', `agent:${AGENT}`, {
    id: AGENT,
    executors: [FORUM],
  })
  const executorCredential = await addExecutor(product, FORUM)
  const auditor = { kind: 'auditor', subject: 'bench' }
  const auditorCredential = await add(operator, 'countersign.credential.add', 'credential:auditor:bench', auditor)
  return { agentCredential, executorCredential, auditorCredential, approver: await enrolApprover(product) }
}

/** The credential of an executor, while there is no admin yet. */
export async function addExecutor({ operator }: Pick<Product, 'operator'>, audience: string): Promise<string> {
  const { d: _private, ext: _ext, key_ops: _ops, ...publicKey } = await generateSigningKey('ES256')
  const executor = { audience, title: 'The forum', catalogue: CATALOGUE, challenge_keys: [publicKey] }
  return add(operator, 'countersign.executor.add', `executor:${audience}`, executor)
}

export async function add(operator: Client, name: string, resource: string, content: object): Promise<string> {
  const args = parseJson(JSON.stringify(content)) as ActionSpec['arguments']
  const action = { name, resource, arguments: args, salt: newSalt() }
  const { credential } = mustSucceed(await operator.call('administer', { body: { action } }))
  if (credential === undefined) throw new Error(`${name} gave no credential`)
  return credential
}

/** What every agent here proposes; `forum.read` is allowed at once, `forum.post` needs a human. */
export const forumAction = (name: 'forum.read' | 'forum.post'): ActionSpec => ({
  name,
  resource: 'forum:eng/threads/42',
  arguments: { board: 'eng', thread: 42, text: 'The fix is out: please restart, and tell us how it went.' },
  salt: newSalt(),
})

/** Each an action of its own: the salt makes it one. */
export function proposals(
  { agentCredential }: Pick<Parties, 'agentCredential'>,
  count: number,
  action: Omit<ActionSpec, 'salt'> = forumAction('forum.read'),
): Buffer[] {
  const headers = { authorization: `Bearer ${agentCredential}`, 'content-type': 'application/json' }
  const proposal = () => JSON.stringify({ audience: FORUM, action: { ...action, salt: newSalt() } })
  return Array.from({ length: count }, () => post('/requests', headers, proposal()))
}

export interface Approver {
  readonly page: Client
  /** With the same session. */
  readonly fetch: Fetch
  readonly authenticator: Authenticator
}

export async function enrolApprover({
  origin,
  bootstrapLink,
}: Pick<Product, 'origin' | 'bootstrapLink'>): Promise<Approver> {
  const invitation = new URL(bootstrapLink).hash.slice(1)
  const fetchPage = fetchAsPage(origin, (url, init) => fetch(url, init))
  const page = createClient({ origin, fetch: fetchPage })
  const authenticator = await createAuthenticator({ origin, rpId: new URL(origin).hostname })
  const body = { invitation, name: 'Ada Admin', label: 'Software key' }
  const { options } = mustSucceed(await page.call('enrolOptions', { body }))
  const passkey = await newPasskey(authenticator, options)
  mustSucceed(await page.call('enrol', { body: { invitation, ...passkey } }))
  return { page, fetch: fetchPage, authenticator }
}

/** Signs the statement that the authority offers, and sends it. */
export async function consentTo({ page, authenticator }: Approver, id: string): Promise<void> {
  const { options } = mustSucceed(await page.call('offerConsent', { params: { id } }))
  const assertion = await authenticator.assert({ challenge: String(options['challenge']) })
  mustSucceed(await page.call('consent', { params: { id }, body: { assertion: assertion as never } }))
}

/** A change to the authority, which its admin consents to. */
export async function administer(product: Product, admin: Approver, name: string, resource: string, content: object) {
  const { operator, origin: audience } = product
  const args = parseJson(JSON.stringify(content)) as ActionSpec['arguments']
  const action = { name, resource, arguments: args, salt: newSalt() }
  const { id } = mustSucceed(await operator.call('openRequest', { body: { audience, action } }))
  await consentTo(admin, id)
  const { token } = mustSucceed(await operator.call('collectToken', { params: { id } }))
  mustSucceed(await operator.call('administer', { body: { action }, headers: { 'approval-token': token } }))
}

/**
 * A ledger's past, made quickly: whole stories, from a request to its outcome, as the product would have written them.
 *
 * In: how many entries, when they begin and end. Out: canonical bodies in the order of the log, the cast first; some 600
 * bytes each. Every fact has its cause, and each member is of the kind and length that the product writes.
 * Signatures are random bytes, and so are digests: the stories lead nowhere a signature is checked.
 */
import { generateKeyPairSync, hash, randomBytes } from 'node:crypto'
import type { EntryType } from '../../src/domain/ledger/entry.ts'

/** Members of an entry, besides those every entry has. */
interface Members {
  readonly [member: string]: unknown
  readonly request?: string
  readonly agent?: string
  readonly principal?: string
  readonly approver?: string
  readonly executor?: string
  readonly name?: string
  readonly action?: string
  readonly outcome?: string
  readonly origin?: string
}

export interface StoryEntry {
  readonly type: EntryType
  readonly at: number
  /** 32 hex. */
  readonly trace: string
  readonly body: string
  readonly members: Members
  /** The number of its story, by which `resourceOf` and `wordsOf` know what its entries name by digest only; null for the cast. */
  readonly story: number | null
}

export interface StoriesOptions {
  readonly entries: number
  /** Epoch seconds of the first and the last. */
  readonly from: number
  readonly to: number
  /** Of ten requests, how many a human answers; the others the policy allows. */
  readonly humansInTen: number
}

/** Who and what the stories are about; the first of each in every other story, the others as often as they are many. */
const numbered = (count: number, name: (n: number) => string) => Array.from({ length: count }, (_, n) => name(n))
export const AGENTS = numbered(200, (n) => `spiffe://prod.example/ns/support/agents/helpdesk-agent-${n}`)
export const EXECUTORS = numbered(20, (n) => `https://forum-${n}.services.prod.example/executors/forum/v1`)
export const APPROVERS = numbered(50, (n) => `approver${String(n).padStart(14, '-')}`)
export const NAMES = numbered(100, (n) => `forum.threads.moderation.replies.publish-${n}`)
export const PRINCIPALS = numbered(500, (n) => `https://people.prod.example/directory/departments/support/${n}`)
const RESOURCES = 10_000
export const resourceOf = (n: number): string => `forum:eng/threads/${n % RESOURCES}`
/** The words that approvers see of a story: some in every other one, most rare, as words are. */
const VOCABULARY = 20_000
const WORDS_SEEN = 24
export const wordOf = (rank: number): string => `w${rank.toString(36)}`
export function wordsOf(n: number): readonly string[] {
  const ranks = Array.from({ length: WORDS_SEEN }, (_, at) =>
    Math.floor(VOCABULARY ** (mixed(n * WORDS_SEEN + at) / 2 ** 32)),
  )
  return ['forum', 'eng', 'threads', `${n % RESOURCES}`, ...new Set(ranks.map(wordOf))]
}

/** A number below 2³² that looks drawn, the same for the same `n`. */
function mixed(n: number): number {
  let bits = Math.imul(n ^ (n >>> 16), 0x45d9f3b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b)
  return (bits ^ (bits >>> 16)) >>> 0
}
const POLICY = `sha-256:${randomBytes(32).toString('base64url')}`

/** Every other request is of the first: one that is busy, and many that are not. */
const pick = (list: readonly string[], n: number): string => list[n % 2 === 0 ? 0 : (n >> 1) % list.length] ?? ''

export function* stories({ entries, from, to, humansInTen }: StoriesOptions): Generator<StoryEntry> {
  const pool = createPool()
  const keys = new Map(APPROVERS.map((approver) => [approver, passkey()]))
  let written = 0
  for (const entry of castOf(from, keys, pool)) {
    yield entry
    written++
  }
  for (let n = 0; written < entries; n++) {
    const at = from + Math.floor(((to - from) * written) / entries)
    for (const entry of storyOf(n, at, n % 10 < humansInTen ? keys : null, pool)) {
      if (written++ < entries) yield entry
    }
  }
}

/** Base64url of so many random bytes. */
type Pool = (bytes: number) => string

/** Drawn by the thousand. */
function createPool(): Pool {
  const drawn = randomBytes(1 << 16)
  let at = 0
  return (bytes) => {
    if (at + bytes > drawn.length) {
      crypto.getRandomValues(drawn)
      at = 0
    }
    at += bytes
    return drawn.toString('base64url', at - bytes, at)
  }
}

interface Passkey {
  readonly kid: string
  readonly x: string
  readonly y: string
}

type Passkeys = ReadonlyMap<string, Passkey>

function passkey(): Passkey {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  return { kid: hash('sha256', `{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`, 'base64url'), x, y }
}

const hexOf = (id: string): string => Buffer.from(id, 'base64url').toString('hex')

/** Whoever acts later was added before, as a first start allows it. */
function* castOf(at: number, keys: Passkeys, pool: Pool): Generator<StoryEntry> {
  const write = (type: EntryType, members: Members) =>
    entryOf(type, at, hexOf(pool(16)), { bootstrap: true, ...members }, null)
  for (const agent of AGENTS) yield write('agent.added', { agent, principals: [], run_by: null })
  for (const executor of EXECUTORS) yield write('executor.added', { executor })
  for (const [approver, { kid, x, y }] of keys) {
    const jwk = { alg: 'ES256', be: false, crv: 'P-256', kid, kty: 'EC', x, y }
    yield write('approver.enrolled', { approver, public_key: jwk, roles: ['approver'] })
  }
}

/** Answered by a human where there are `keys`. */
function* storyOf(n: number, at: number, keys: Passkeys | null, pool: Pool): Generator<StoryEntry> {
  const request = pool(16)
  const trace = hexOf(request)
  const digest = () => `sha-256:${pool(32)}`
  const parties = {
    request,
    agent: pick(AGENTS, n),
    principal: pick(PRINCIPALS, n),
    executor: pick(EXECUTORS, n),
    action: digest(),
    name: pick(NAMES, n),
  }
  const write = (type: EntryType, after: number, own: Members) =>
    entryOf(type, at + after, trace, { ...parties, ...own }, n)
  const shown = { preview: digest(), preview_by: 'executor', resource: digest(), payloads: [digest(), digest()] }
  yield write('request.created', 0, { door: 'agent', txn: request, expires: at + 900, ...shown })
  const terms = keys ? { decision: 'approval', quorum: 1 } : { decision: 'allow', quorum: 0 }
  yield write('request.decided', 0, { ...terms, policy: POLICY })
  if (keys) {
    const approver = pick(APPROVERS, n)
    const consent = consentOf(approver, keys.get(approver)?.kid ?? '', shown.preview, at, pool)
    yield write('consent.given', 1, { approver, consent })
  }
  const issued = { quorum: terms.quorum, origin: keys ? 'human' : 'policy', claims: digest() }
  const jti = pool(16)
  yield write('token.issued', 2, { jti, ...issued })
  yield write('token.redeemed', 3, { jti })
  const outcome = n % 1000 === 0 ? 'aborted' : n % 50 === 0 ? 'failed' : 'succeeded'
  yield write('outcome.reported', 4, { jti, use: 1, outcome, payloads: [digest()] })
}

const CLIENT_DATA = Buffer.from(
  `{"type":"webauthn.get","challenge":"${'c'.repeat(43)}","origin":"https://approve.example","crossOrigin":false}`,
).toString('base64url')

/** Its members in the order of canonical JSON. */
const consentOf = (approver: string, key: string, preview: string, at: number, pool: Pool) => ({
  approver,
  authenticator_data: pool(37),
  client_data_json: CLIENT_DATA,
  expires: at + 900,
  key,
  nonce: pool(32),
  preview,
  signature: pool(71),
})

function entryOf(type: EntryType, at: number, trace: string, members: Members, story: number | null): StoryEntry {
  return { type, at, trace, body: bodyOf(type, at, trace, members), members, story }
}

/** Canonical JSON: members in its order, absent ones left out; no string needs an escape, no number has a fraction. */
const bodyOf = (type: EntryType, at: number, trace: string, members: Members): string =>
  JSON.stringify({
    action: members.action,
    agent: members.agent,
    approver: members.approver,
    at,
    bootstrap: members['bootstrap'],
    claims: members['claims'],
    consent: members['consent'],
    decision: members['decision'],
    door: members['door'],
    executor: members.executor,
    expires: members['expires'],
    jti: members['jti'],
    name: members.name,
    origin: members.origin,
    outcome: members.outcome,
    payloads: members['payloads'],
    policy: members['policy'],
    preview: members['preview'],
    preview_by: members['preview_by'],
    principal: members.principal,
    principals: members['principals'],
    public_key: members['public_key'],
    quorum: members['quorum'],
    request: members.request,
    resource: members['resource'],
    roles: members['roles'],
    run_by: members['run_by'],
    trace,
    txn: members['txn'],
    type,
    use: members['use'],
    v: 1,
  })

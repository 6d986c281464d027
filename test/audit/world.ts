/**
 * A ledger to audit: an authority, people and agents that write real entries with real signatures, and whoever would
 * tamper with them afterwards.
 *
 * In: what happens, in order. Out: a log as it is served, in memory. The entries are those the product writes
 * (`src/way`, `src/access`), member by member.
 */
import { createHash } from 'node:crypto'
import {
  type ActionSpec,
  type ApprovalClaims,
  actionDigest,
  base64urlDecode,
  base64urlEncode,
  batchChallenge,
  type Consent,
  canonicalize,
  consentChallenge,
  type Digest,
  digestOf,
  type JsonObject,
  statementDigest,
  statementOf,
} from '@countersign/verifier'
import { authorisationChallenge, authorisationStatement, enrolmentChallenge } from '@countersign/verifier/authority'
import {
  ED25519,
  formatBundle,
  formatCheckpoint,
  type NoteKey,
  type NoteSigner,
  noteKeyOf,
  sealDigest,
  signNote,
  TILE_WIDTH,
  tilePath,
  tilesOf,
  tileWidth,
} from '@countersign/verifier/proof'
import type { AuditCrypto } from '../../src/audit/crypto.ts'
import { noneRegistered, noteRegistered, registeredText } from '../../src/audit/facts/registered-facts.ts'
import type { LogSource } from '../../src/audit/log/source.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { leafOf, referenceTree } from '../proof/reference.ts'
import { type Authenticator, createAuthenticator, toConsent } from '../setup/authenticator.ts'
import { makeSigner } from '../setup/note-signer.ts'
import { newSigningKey, type SigningKey, sign } from '../verifier/world.ts'

export const ISSUER = 'https://approve.example'
export const ORIGIN = 'approve.example/log'
export const EXECUTOR = 'https://forum.example'
export const START = 1_800_000_000
/** When the audit takes place: every token has ended by then. */
export const LATER = START + 100_000

export interface Person {
  readonly id: string
  readonly passkeys: readonly Authenticator[]
}

export type World = Awaited<ReturnType<typeof createWorld>>
type Members = Record<string, unknown>

const random = (bytes: number) => base64urlEncode(crypto.getRandomValues(new Uint8Array(bytes)))
const encoder = new TextEncoder()

/** Keys are slow to make and never change. */
const log = makeSigner(ORIGIN)
const signingKey = newSigningKey()
const people = Promise.all(
  ['ada', 'ben'].map(async (id): Promise<Person> => ({ id, passkeys: [await passkey(-7), await passkey(-8)] })),
)

function passkey(alg: -7 | -8): Promise<Authenticator> {
  return createAuthenticator({ rpId: 'approve.example', origin: ISSUER, alg })
}

export const nodeCrypto: AuditCrypto = {
  hashInto: (data, into) => into.set(createHash('sha256').update(data).digest()),
  digest: (data) => createHash('sha256').update(data).digest('base64url'),
  encode: (data) =>
    (typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.length)).toString(
      'base64url',
    ),
  decode: base64urlDecode,
  signingInput: (header, payload) => Buffer.from(`${header}.${Buffer.from(payload).toString('base64url')}`),
}

/** A fresh authority: its signing key, an admin, an agent and an executor stand in the ledger already. */
export async function createWorld(start = START) {
  const [ada, ben] = await people
  if (ada === undefined || ben === undefined) throw new TypeError('two people are needed')
  const world = {
    ada,
    ben,
    key: await signingKey,
    log: await log,
    logKey: await noteKeyOf(await log, ED25519),
    now: start,
    entries: [] as Uint8Array[],
    artifacts: [] as JsonObject[],
    write: (type: string, members: Members, trace?: string) => write(world, type, members, trace),
    request: (order: Order = {}) => request(world, order),
    source: () => sourceOf(world, world.entries),
  }
  await begin(world)
  return world
}

interface Inner {
  readonly ada: Person
  readonly ben: Person
  readonly key: SigningKey
  readonly log: NoteSigner
  readonly logKey: NoteKey
  now: number
  entries: Uint8Array[]
  artifacts: JsonObject[]
}

/** Appends an entry; returns its index and the digest of its leaf. */
export function write(world: Inner, type: string, members: Members, trace = traceOf(random(16))) {
  const bytes = entryOf(type, world.now, trace, members)
  world.entries.push(bytes)
  return { index: world.entries.length - 1, leaf: `sha-256:${base64urlEncode(leafOf(bytes))}` as Digest }
}

export const entryOf = (type: string, at: number, trace: string, members: Members): Uint8Array =>
  encoder.encode(canonicalize(JSON.parse(JSON.stringify({ v: 1, type, at, trace, ...members }))))

async function begin(world: Inner) {
  const { kid, publicJwk } = world.key
  const said = { public_key: publicJwk, published: world.now, signs_from: world.now }
  const row = { kind: 'signingkey', id: kid, content: { ...said, retired: null } }
  const seal = await sealDigest(await digestOf(JSON.parse(JSON.stringify(row))), [world.log])
  write(world, 'key.rotated', { key: kid, ...said, seal, bootstrap: true })
  const operator = { kind: 'operator', subject: 'countersign-operator' }
  write(world, 'credential.added', await withCredential(world, 'credential.added', operator))
  await register(world, 'agent.added', { agent: 'some-agent', run_by: null, principals: ['zoe'] })
  await register(world, 'executor.added', { executor: EXECUTOR, row: await digestOf('row') })
  await enrol(world, world.ada, { roles: ['admin', 'approver'], bootstrap: true, registered: registeredIn(world) })
  const change = await request(world, { by: [world.ada], executor: ISSUER, name: 'countersign.approver.enrol' })
  await enrol(world, world.ben, { roles: ['approver'], request: change.id })
  const [first, second] = world.ben.passkeys
  if (first && second) await addPasskey(world, world.ben, second, { authorised_by: first.kid })
}

/** Something that the operator registers before there is an admin. */
export async function register(world: Inner, type: string, members: Members): Promise<void> {
  write(world, type, { ...(await withCredential(world, type, members)), bootstrap: true })
}

/** The members of an entry, with the sealed credential that an entry of its type has. */
export async function withCredential(world: Inner, type: string, members: Members): Promise<Members> {
  const owner = type === 'agent.added' ? 'agent' : 'executor'
  if (type === `${owner}.added`) return { ...members, ...(await credentialOf(world, owner, String(members[owner]))) }
  if (type !== 'credential.added' || members['kind'] === 'webhook') return members
  return { ...members, ...(await credentialOf(world, String(members['kind']), String(members['subject']))) }
}

/** Members of the entry of a credential, sealed by the log's key. */
async function credentialOf({ log, now }: Inner, kind: string, subject: string) {
  const [id, hash, expires] = [random(16), random(32), now + 86_400]
  const row = { kind: 'credential', id, content: { hash, kind, subject, expires } }
  return { credential: id, expires, hash, seal: await sealDigest(await digestOf(row), [log]) }
}

/** Texts of a request that the authority erased. `changed`: members as they were not sealed. */
export async function erase(world: Inner, members: Members, changed: Members = {}) {
  const row = { order: 'retention', payloads: [await digestOf('a text')], erased: 1 }
  const seal = await sealDigest(
    await digestOf({ kind: 'erased', id: String(members['request'] ?? ''), content: row }),
    [world.log],
  )
  write(world, 'payload.erased', { rule: 'age', before: world.now, ...row, seal, ...members, ...changed })
}

/** The digest that a first admin signs, from the entries so far. */
export function registeredIn(world: Inner): Digest {
  const registered = noneRegistered()
  for (const bytes of world.entries) {
    const entry: JsonObject = JSON.parse(new TextDecoder().decode(bytes))
    noteRegistered(registered, String(entry['type']), entry)
  }
  return `sha-256:${nodeCrypto.digest(registeredText(registered))}`
}

interface Enrolled {
  readonly roles: readonly string[]
  readonly registered?: Digest
  readonly [member: string]: unknown
}

export async function enrol(world: Inner, person: Person, members: Enrolled, trace = traceOf(random(16))) {
  const { roles, registered, ...authorised } = members
  const shown = registered === undefined ? {} : { registered }
  write(world, 'approver.enrolled', { approver: person.id, roles, payloads: [], ...shown, ...authorised }, trace)
  const [first] = person.passkeys
  if (first) await addPasskey(world, person, first, authorised, { trace, roles, registered: registered ?? null })
}

interface Signed {
  readonly trace?: string
  readonly roles?: readonly string[]
  readonly registered?: Digest | null
  readonly approver?: string
}

/** `signed`: what the new passkey signs, where that is not what the ledger says. */
export async function addPasskey(
  world: Inner,
  person: Person,
  added: Authenticator,
  members: Members,
  { trace, roles = rolesOf(world, person), registered = null, approver = person.id }: Signed = {},
) {
  const key = { public_key: added.approverKey, credential: random(32), transports: ['internal'], backed_up: false }
  const nonce = random(32)
  const statement = { typ: 'countersign/enrolment/v1', iss: ISSUER, approver, roles, registered, nonce } as const
  const enrolment = { nonce, ...(await signedBy(added, await enrolmentChallenge(statement))) }
  const further = authorisationStatement(statement, { credential: key.credential, key: added.approverKey.kid })
  const existing = person.passkeys.find(({ kid }) => kid === members['authorised_by'])
  const authorisation = existing && (await signedBy(existing, await authorisationChallenge(further)))
  const authorised = authorisation ? { authorisation } : {}
  return write(world, 'credential.added', { approver: person.id, ...key, enrolment, ...authorised, ...members }, trace)
}

async function signedBy(passkey: Authenticator, challenge: Uint8Array) {
  const { response } = await passkey.assert({ challenge: base64urlEncode(challenge) })
  return {
    authenticator_data: response.authenticatorData,
    client_data_json: response.clientDataJSON,
    signature: response.signature,
  }
}

function rolesOf(world: Inner, person: Person): readonly string[] {
  const entries = world.entries.map((bytes): JsonObject => JSON.parse(new TextDecoder().decode(bytes)))
  const found = entries.find(({ type, approver }) => type === 'approver.enrolled' && approver === person.id)
  return (found?.['roles'] ?? []) as readonly string[]
}

/** The course of one request; each step can be left out or changed. */
export interface Order {
  /** By default a new one. */
  readonly id?: string
  /** Further members of the entry that opens it, and of that which decides. */
  readonly created?: Members
  readonly decided?: Members
  /** The people who consent, each with a first passkey; none for a policy's token. */
  readonly by?: readonly Person[]
  readonly quorum?: number
  readonly executor?: string
  readonly name?: string
  readonly uses?: number
  /** Digest of the state that it is bound to. */
  readonly state?: Digest
  /** Index of the passkey of each. */
  readonly with?: readonly Authenticator[]
  readonly decision?: 'allow' | 'deny' | 'approval'
  readonly redeem?: number
  readonly outcome?: boolean
  /** Entries as they were before they named every member of a consent statement. */
  readonly old?: boolean
  readonly selfApproval?: boolean
  /** The people whom the decision asks, as its entry names them. */
  readonly approvers?: readonly { readonly groups: readonly string[]; readonly count: number }[]
  readonly ordered?: boolean
  /** For each consent the absent person in whose place it is given. */
  readonly onBehalfOf?: readonly (string | undefined)[]
  /** The batch of each consent, given the digest of its own statement. */
  readonly batch?: (own: Digest) => Digest[]
  /** Members of each consent's entry, which may differ from the signed ones. */
  readonly separation?: readonly boolean[]
  /** Changes the claims before consent is given and everything is signed. */
  readonly claims?: (claims: ApprovalClaims) => ApprovalClaims
  /** Changes the claims after consent was given, before they are digested and signed. */
  readonly tampered?: (claims: ApprovalClaims) => ApprovalClaims
  readonly until?: 'created' | 'decided' | 'consented' | 'issued'
  readonly serve?: boolean
  readonly signer?: SigningKey
}

export interface Requested {
  readonly id: string
  readonly jti: string
  readonly members: Members
  readonly claims: ApprovalClaims
}

async function request(world: Inner, order: Order): Promise<Requested> {
  const id = order.id ?? random(16)
  const trace = traceOf(id)
  const by = order.by ?? []
  const opened = { now: world.now }
  const claims = (order.claims ?? ((same) => same))(await draft(world, id, order))
  const members = {
    request: id,
    agent: 'some-agent',
    principal: claims.sub,
    executor: claims.aud,
    action: claims.authorization_details[0].digest,
    name: claims.scope,
  }
  const result = (final = claims): Requested => ({ id, jti: claims.jti, members, claims: final })
  write(
    world,
    'request.created',
    {
      ...members,
      door: 'agent',
      txn: id,
      preview: null,
      ...(order.state ? { state: order.state } : {}),
      expires: world.now + 900,
      ...(order.old ? {} : { act: claims.act }),
      ...order.created,
    },
    trace,
  )
  if (order.until === 'created') return result()
  const decision = order.decision ?? (by.length > 0 ? 'approval' : 'allow')
  const quorum = order.quorum ?? new Set(by).size
  const { uses } = claims.authorization_details[0]
  const asked = order.approvers ? { approvers: order.approvers, ordered: order.ordered ?? false } : {}
  const said = { uses, client_id: claims.client_id, self_approval: order.selfApproval ?? false, ...asked }
  const terms = order.old ? {} : said
  write(
    world,
    'request.decided',
    { ...members, decision, policy: claims.approval.policy, quorum, ...terms, ...order.decided },
    trace,
  )
  if (order.until === 'decided') return result()
  const consents: Consent[] = []
  for (const [at, person] of by.entries()) {
    const device = order.with?.[at] ?? person.passkeys[0]
    const given = await consent(opened, claims, person, device, order.batch, order.onBehalfOf?.[at])
    consents.push(given)
    world.now += 5
    const { separation } = claims.approval
    const said = order.old ? {} : { separation: order.separation?.[at] ?? separation }
    write(world, 'consent.given', { ...members, approver: person.id, consent: given, ...said }, trace)
  }
  const final = (order.tampered ?? ((same) => same))({ ...claims, approval: { ...claims.approval, consents } })
  if (order.until === 'consented') return result(final)
  await issue(world, final, members, trace, order)
  if (order.until === 'issued') return result(final)
  for (let use = 1; use <= (order.redeem ?? 1); use++) {
    world.now += 2
    write(world, 'token.redeemed', { ...members, jti: claims.jti, use }, trace)
    if (order.outcome === false) continue
    write(world, 'outcome.reported', { ...members, jti: claims.jti, use, outcome: 'succeeded', payloads: [] }, trace)
  }
  return result(final)
}

async function draft(world: Inner, id: string, order: Order): Promise<ApprovalClaims> {
  const aud = order.executor ?? EXECUTOR
  const action: ActionSpec = {
    name: order.name ?? 'forum.post',
    resource: 'forum:eng/42',
    arguments: {},
    salt: random(16),
  }
  const { name, resource, salt } = action
  const uses = order.uses ?? 1
  return {
    iss: ISSUER,
    aud,
    sub: 'zoe',
    act: { sub: 'some-agent' },
    client_id: 'some-agent',
    jti: random(16),
    iat: world.now + 5 * (order.by?.length ?? 0),
    exp: world.now + 5 * (order.by?.length ?? 0) + 120,
    txn: id,
    scope: name,
    authorization_details: [
      {
        type: 'countersign_action',
        name,
        resource,
        digest: await actionDigest(action, aud),
        salt,
        uses,
        ...(order.state ? { state: order.state } : {}),
      },
    ],
    approval: {
      request: id,
      origin: order.by ? 'human' : 'policy',
      policy: await digestOf('policy'),
      quorum: order.quorum ?? new Set(order.by).size,
      separation: true,
      consents: [],
    },
    status: { status_list: { idx: 7, uri: `${ISSUER}/status/0` } },
    log: { origin: ORIGIN, leaf: await digestOf('not yet') },
  }
}

/** `opened`: when the request was. */
export async function consent(
  opened: Pick<Inner, 'now'>,
  claims: ApprovalClaims,
  person: Person,
  device: Authenticator | undefined,
  batchOf?: Order['batch'],
  onBehalfOf?: string,
): Promise<Consent> {
  if (device === undefined) throw new TypeError('no passkey')
  const place = onBehalfOf === undefined ? {} : { on_behalf_of: onBehalfOf }
  const fresh = { nonce: random(32), expires: opened.now + 900 }
  const alone = { approver: person.id, ...place, ...fresh, preview: null, key: device.kid }
  const statement = statementOf(claims, { ...alone, authenticator_data: '', client_data_json: '', signature: '' })
  const batch = batchOf?.(await statementDigest(statement))
  const challenge = base64urlEncode(await (batch ? batchChallenge(batch) : consentChallenge(statement)))
  const said = { ...alone, ...(batch ? { batch } : {}) }
  return toConsent(await device.assert({ challenge }), said)
}

/** Writes the entry, signs the token, and keeps its text for auditors. */
async function issue(world: Inner, claims: ApprovalClaims, members: Members, trace: string, order: Order) {
  const { log: _log, ...rest } = claims
  const { quorum, origin } = claims.approval
  const digest = await digestOf(JSON.parse(JSON.stringify(rest)))
  const { leaf } = write(world, 'token.issued', { ...members, jti: claims.jti, quorum, origin, claims: digest }, trace)
  const signed = { ...rest, log: { origin: ORIGIN, leaf } }
  const signer = order.signer ?? world.key
  const token = await sign(JSON.stringify(signed), {}, signer)
  if (order.serve === false) return
  const signature = token.slice(token.lastIndexOf('.') + 1)
  world.artifacts.push(JSON.parse(JSON.stringify({ jti: claims.jti, claims: signed, signature, kid: signer.kid })))
}

// ── the log as it is served ──────────────────────────────────────────────

/** The files of one log by path, for tests to change. */
export interface Served extends LogSource {
  readonly files: Map<string, Uint8Array>
  note: string
}

export async function sourceOf(
  world: Inner,
  entries: readonly Uint8Array[],
  signer = world.log,
  origin = ORIGIN,
): Promise<Served> {
  const leaves = entries.map(leafOf)
  const size = entries.length
  const text = formatCheckpoint({ origin, size, root: referenceTree(leaves).root(size) })
  const files = filesOf(entries, leaves)
  const served: Served = {
    name: 'memory',
    files,
    note: `${text}\n${await signNote(text, signer)}`,
    checkpoint: async () => served.note,
    tile: async (address) => files.get(tilePath(address)) ?? null,
    artifacts: async () => ({ lines: world.artifacts.map((artifact) => JSON.stringify(artifact)), next: null }),
    keys: async () => [{ ...JSON.parse(JSON.stringify(world.key.publicJwk)), kid: world.key.kid, alg: world.key.alg }],
    configuration: async () => null,
    metadata: async () => null,
  }
  return served
}

export function filesOf(entries: readonly Uint8Array[], leaves: readonly Uint8Array[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  for (let index = 0; index * TILE_WIDTH < entries.length; index++) {
    const width = tileWidth('entries', index, entries.length)
    const bundle = formatBundle(entries.slice(index * TILE_WIDTH, index * TILE_WIDTH + width))
    files.set(tilePath({ level: 'entries', index, width }), bundle)
  }
  for (const { level, index, width } of tilesOf(entries.length)) {
    const span = TILE_WIDTH ** Number(level)
    const hashes = Array.from({ length: width }, (_, at) => {
      const from = (index * TILE_WIDTH + at) * span
      return referenceTree(leaves.slice(from, from + span)).root(span)
    })
    files.set(tilePath({ level, index, width }), Buffer.concat(hashes))
  }
  return files
}

/**
 * A small world for verifier tests: an authority that answers a `fetch`, people with passkeys, and tokens to order.
 *
 * Everything is signed for real. The authority is not the product's: it says exactly what a test tells it to say.
 */

import { deflateSync } from 'node:zlib'
import {
  type ActionSpec,
  type ApprovalClaims,
  type ApproversDocument,
  actionDigest,
  base64urlEncode,
  batchChallenge,
  type Consent,
  type ConsentStatement,
  consentChallenge,
  createVerifier,
  type Digest,
  digestOf,
  type JsonObject,
  parseClaims,
  statementDigest,
  statementOf,
  type Verifier,
  type VerifierOptions,
} from '@countersign/verifier'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { type AssertOptions, type Authenticator, createAuthenticator, toConsent } from '../setup/authenticator.ts'

export const ISSUER = 'https://approve.example'
export const AUDIENCE = 'https://forum.example'
export const RP_ID = 'approve.example'
export const NOW = 1_800_000_000
export const CREDENTIAL = 'executor-credential'

/** `{ 'approval.quorum': 2 }`: values to put in place by path; undefined deletes. */
export type Edits = Readonly<Record<string, unknown>>

export type SigningKey = {
  readonly alg: 'ES256' | 'EdDSA'
  readonly kid: string
  readonly publicJwk: JWK
  readonly privateJwk: JWK
}

export type Person = {
  readonly id: string
  readonly agents: readonly string[]
  readonly passkeys: readonly Authenticator[]
}

export type Mint = {
  /** The people who consent, each with a passkey; default none, which makes a policy token. */
  readonly by?: readonly (readonly [Person, (Authenticator | undefined)?])[]
  /** Changes before consent is given: everybody signs what then stands there. */
  readonly edits?: Edits
  /** Changes after consent was given. */
  readonly tampered?: Edits
  readonly header?: Edits
  readonly key?: SigningKey
  /** Changes to what the passkey is asked. */
  readonly assert?: Partial<AssertOptions>
  /** Lists the statement in a batch; gets its digest, returns the list. */
  readonly batch?: (own: Digest) => Digest[]
  readonly action?: ActionSpec
  /** Seconds by which the statement outlives the token. Default 480. */
  /** By deputy, the absent person in whose place they consent. */
  readonly onBehalfOf?: Readonly<Record<string, string>>
  readonly consentLife?: number
}

export type Reply = { readonly status: number; readonly body: string } | undefined

export type World = Awaited<ReturnType<typeof createWorld>>

export const ACTION: ActionSpec = {
  name: 'forum.post',
  resource: 'forum:eng/threads/42',
  arguments: { text: 'Grüße 👋', thread: 42, tags: ['a', 'b'], draft: false, ref: null },
  salt: 'AAECAwQFBgcICQoLDA0ODw',
}

export async function createWorld(
  given: { alg?: 'ES256' | 'EdDSA'; key?: SigningKey; people?: Person[]; random?: (bytes: number) => string } = {},
) {
  const key = given.key ?? (await newSigningKey(given.alg))
  const random = given.random ?? ((bytes: number) => base64urlEncode(crypto.getRandomValues(new Uint8Array(bytes))))
  const [ada, ben, cleo] = given.people ?? (await somePeople)
  if (ada === undefined || ben === undefined || cleo === undefined) throw new Error('three people are needed')
  const world = {
    key,
    ada,
    ben,
    cleo,
    random,
    now: NOW,
    jwks: [publicKey(key)] as unknown[],
    approvers: approversOf([ada, ben, cleo]),
    statusUri: `${ISSUER}/status/0`,
    /** One byte a token. */
    statuses: new Uint8Array(64),
    statusEdits: {} as Edits,
    spent: new Set<string>(),
    reports: [] as { jti: string; body: JsonObject }[],
    refusals: [] as JsonObject[],
    requests: [] as string[],
    /** Overrides what the authority answers; `undefined` is a network failure. */
    replies: new Map<string, () => Reply | Promise<Reply>>(),
    mint: (order: Mint = {}) => mint(world, order),
    claims: (order: Mint = {}) => draftClaims(world, order),
    sign: (payload: string, header: Edits = {}, signer = key) => sign(payload, header, signer),
    statusList: (uri?: string) => signStatusList(world, uri),
    fetch: (input: string | URL | Request, init?: RequestInit) => answer(world, String(input), init),
    verifier: (options: Partial<VerifierOptions> = {}): Verifier =>
      createVerifier({
        issuer: ISSUER,
        audience: AUDIENCE,
        credential: CREDENTIAL,
        publicUrl: 'https://forum.example',
        fetch: world.fetch,
        now: () => world.now,
        ...options,
      }),
  }
  return world
}

type Inner = {
  readonly key: SigningKey
  readonly random: (bytes: number) => string
  now: number
  jwks: unknown[]
  approvers: ApproversDocument
  statusUri: string
  statuses: Uint8Array
  statusEdits: Edits
  spent: Set<string>
  reports: { jti: string; body: JsonObject }[]
  refusals: JsonObject[]
  requests: string[]
  replies: Map<string, () => Reply | Promise<Reply>>
}

export async function newSigningKey(alg: 'ES256' | 'EdDSA' = 'ES256'): Promise<SigningKey> {
  const pair = await generateKeyPair(alg, { extractable: true })
  return signingKey(alg, await exportJWK(pair.privateKey))
}

export async function signingKey(alg: 'ES256' | 'EdDSA', privateJwk: JWK): Promise<SigningKey> {
  const { kty, crv, x, y } = privateJwk
  const publicJwk = (kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }) as JWK
  return { alg, kid: await calculateJwkThumbprint(publicJwk), publicJwk, privateJwk }
}

export const publicKey = ({ publicJwk, kid, alg }: SigningKey) => ({ ...publicJwk, kid, alg, use: 'sig' })

async function makePeople(): Promise<Person[]> {
  const passkey = (alg: -7 | -8 | -257, be = false) => createAuthenticator({ rpId: RP_ID, origin: ISSUER, alg, be })
  return [
    { id: 'person-ada', agents: [], passkeys: [await passkey(-7), await passkey(-7, true)] },
    { id: 'person-ben', agents: ['bens-agent'], passkeys: [await passkey(-8)] },
    { id: 'person-cleo', agents: ['cleos-agent'], passkeys: [await passkey(-257)] },
  ]
}

// One set of people serves a whole file of tests: their keys are slow to make and never change.
const somePeople = makePeople()

export function approversOf(people: readonly Person[]): ApproversDocument {
  const approvers = people.map(({ id, agents, passkeys }) => ({
    approver: id,
    agents,
    keys: passkeys.map((passkey) => passkey.approverKey),
  }))
  return { rp_id: RP_ID, origins: [ISSUER], approvers }
}

/** Puts values in place by path. */
export function edit(target: object, edits: Edits = {}): void {
  for (const [path, value] of Object.entries(edits)) {
    const names = path.split('.')
    const last = names.pop() ?? ''
    let at = target as Record<string, unknown>
    for (const name of names) at = at[name] as Record<string, unknown>
    if (value === undefined) delete at[last]
    else Object.defineProperty(at, last, { value, enumerable: true, writable: true, configurable: true })
  }
}

async function draftClaims(world: Inner, order: Mint): Promise<ApprovalClaims> {
  const action = order.action ?? ACTION
  const request = world.random(16)
  const people = new Set(order.by?.map(([person]) => person.id))
  const claims: ApprovalClaims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'person-zoe',
    act: { sub: 'some-agent' },
    client_id: 'some-agent',
    jti: world.random(16),
    iat: world.now,
    exp: world.now + 120,
    txn: request,
    scope: action.name,
    authorization_details: [
      {
        type: 'countersign_action',
        name: action.name,
        resource: action.resource,
        digest: await actionDigest(action, AUDIENCE),
        salt: action.salt,
        uses: 1,
      },
    ],
    approval: {
      request,
      origin: order.by ? 'human' : 'policy',
      policy: await digestOf('policy text'),
      quorum: people.size,
      separation: true,
      consents: [],
    },
    status: { status_list: { idx: 7, uri: world.statusUri } },
    log: { origin: 'approve.example/log', leaf: await digestOf('a ledger entry') },
  }
  edit(claims, order.edits)
  return claims
}

async function mint(world: Inner, order: Mint): Promise<string> {
  const claims = await draftClaims(world, order)
  const consents: Consent[] = []
  for (const [person, passkey = person.passkeys[0]] of order.by ?? []) {
    if (passkey === undefined) throw new Error('no passkey')
    consents.push(await consent(world, claims, person, passkey, order))
  }
  if (order.by) edit(claims, { 'approval.consents': consents })
  edit(claims, order.tampered)
  return await sign(JSON.stringify(claims), order.header, order.key ?? world.key)
}

async function consent(
  world: Inner,
  claims: ApprovalClaims,
  person: Person,
  passkey: Authenticator,
  order: Mint,
): Promise<Consent> {
  const absent = order.onBehalfOf?.[person.id]
  const said = {
    approver: person.id,
    ...(absent === undefined ? {} : { on_behalf_of: absent }),
    nonce: world.random(32),
    expires: world.now + 120 + (order.consentLife ?? 480),
    preview: null,
    key: passkey.kid,
  }
  const statement: ConsentStatement = statementOf(
    { ...claims, exp: said.expires },
    {
      ...said,
      authenticator_data: '',
      client_data_json: '',
      signature: '',
    },
  )
  const batch = order.batch?.(await statementDigest(statement))
  const challenge = batch ? await batchChallenge(batch) : await consentChallenge(statement)
  const assertion = await passkey.assert({ challenge: base64urlEncode(challenge), ...order.assert })
  return toConsent(assertion, { ...said, ...(batch && { batch }) })
}

export async function sign(payload: string, header: Edits | undefined, signer: SigningKey): Promise<string> {
  const full = { alg: signer.alg, kid: signer.kid, typ: 'approval+jwt' }
  edit(full, header)
  const rawKey = await importJWK(signer.privateJwk, signer.alg)
  const head = Buffer.from(JSON.stringify(full)).toString('base64url')
  const body = Buffer.from(payload).toString('base64url')
  return `${head}.${body}.${await signRaw(`${head}.${body}`, signer.alg, rawKey as CryptoKey)}`
}

/** Signs any header at all: jose would refuse to write some of those we must refuse to read. */
export async function signRaw(input: string, alg: 'ES256' | 'EdDSA', key: CryptoKey): Promise<string> {
  const algorithm = alg === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' }
  const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(input))
  return base64urlEncode(new Uint8Array(signature))
}

async function signStatusList(world: Inner, uri = world.statusUri): Promise<string> {
  const claims = {
    sub: uri,
    iat: world.now,
    exp: world.now + 60,
    ttl: 5,
    status_list: { bits: 8, lst: deflateSync(world.statuses).toString('base64url') },
  }
  edit(claims, world.statusEdits)
  return await sign(JSON.stringify(claims), { typ: 'statuslist+jwt' }, world.key)
}

const json = (status: number, body: unknown): Reply => ({ status, body: JSON.stringify(body) })

async function answer(world: Inner, url: string, init: RequestInit = {}): Promise<Response> {
  const line = `${init.method ?? 'GET'} ${url}`
  world.requests.push(line)
  const override = world.replies.get(line)
  const reply = override ? await override() : await route(world, line, init)
  if (reply === undefined) throw new TypeError('fetch failed')
  return new Response(reply.body, { status: reply.status })
}

async function route(world: Inner, line: string, init: RequestInit): Promise<Reply> {
  if (line === `GET ${ISSUER}/.well-known/jwks.json`) return json(200, { keys: world.jwks })
  if (line === `GET ${ISSUER}/.well-known/approvers.json`) return json(200, world.approvers)
  if (line.startsWith(`GET ${ISSUER}/status/`)) return { status: 200, body: await signStatusList(world, line.slice(4)) }
  if (new Headers(init.headers).get('authorization') !== `Bearer ${CREDENTIAL}`)
    return json(401, { code: 'unauthenticated' })
  const body: JsonObject = JSON.parse(String(init.body))
  if (line === `POST ${ISSUER}/redemptions`) return redeem(world, String(body['token']))
  if (line === `POST ${ISSUER}/refusals`) {
    world.refusals.push(body)
    return json(201, { trace: '0'.repeat(32) })
  }
  const jti = line.match(/^POST https:\/\/approve\.example\/redemptions\/([\w-]{22})\/outcome$/)?.[1]
  if (jti === undefined) return json(404, { code: 'not_found' })
  world.reports.push({ jti, body })
  return json(201, { jti, use: 1, outcome: body['outcome'] })
}

function redeem(world: Inner, token: string): Reply {
  const claims = parseClaims(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()))
  if (world.spent.has(claims.jti)) return json(409, { code: 'token_redeemed' })
  world.spent.add(claims.jti)
  return json(201, receipt(claims, world.now))
}

/** The authority's receipt for a redeemed token. */
export function receipt(claims: { readonly jti: string; readonly approval: { readonly request: string } }, at: number) {
  const trace = Buffer.from(claims.approval.request, 'base64url').toString('hex').padEnd(32, '0').slice(0, 32)
  return { jti: claims.jti, request: claims.approval.request, trace, use: 1, redeemed_at: at }
}

/** The code of the `ApprovalError` that a promise is refused with; fails when it is not refused. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
  return 'accepted'
}

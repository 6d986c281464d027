/**
 * Facts for the store's tests: parties, requests, tokens and entries with ids of their own.
 *
 * Ids are unique per call, so that tests share one database whose ledger nobody can empty. Signatures and claims are
 * made up: the store keeps them, it does not judge them.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ApprovalClaims, Consent, Digest } from '@countersign/verifier'
import { type RequestState, traceOf } from '../../src/domain/approval/approval-request.ts'
import { recordText, repeatedColumns } from '../../src/domain/approval/request-record.ts'
import type { Agent, Credential, CredentialKind, Executor, Passkey } from '../../src/domain/identity/parties.ts'
import type { EntryType, PreparedEntry } from '../../src/domain/ledger/entry.ts'
import type { Payload, PayloadKind } from '../../src/domain/ledger/payload.ts'
import { noticesOf } from '../../src/domain/notify/plan.ts'
import type { Invitation } from '../../src/store/contract/identity-store.ts'
import type { OpenRequest, RequestRow } from '../../src/store/contract/request-store.ts'
import type { Store } from '../../src/store/contract/store.ts'
import type { IssuedToken, RedemptionAttempt } from '../../src/store/contract/token-store.ts'
import type { Migration } from '../../src/store/driver/migrate.ts'

export const NOW = 1_800_000_000
export const id = () => randomBytes(16).toString('base64url')
export const hash = () => randomBytes(32).toString('base64url')
export const digest = (): Digest => `sha-256:${hash()}`
export const trace = () => randomBytes(16).toString('hex')

const folder = new URL('../../drizzle/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')

export function migrationsOnDisk(): Migration[] {
  const journal: { entries: { tag: string }[] } = JSON.parse(read('meta/_journal.json'))
  return journal.entries.map(({ tag }) => ({ tag, sql: read(`${tag}.sql`) }))
}

export function entry(type: EntryType, of: string = trace(), members: object = {}): PreparedEntry {
  const body = JSON.stringify({ at: NOW, trace: of, type, v: 1, ...members, nonce: id() })
  const leaf = new Uint8Array(createHash('sha256').update('\0').update(body).digest())
  return { type, at: NOW, trace: of, body, leaf }
}

export function payload(subject: string, kind: PayloadKind, content: unknown): Payload {
  const text = JSON.stringify({ content, kind, salt: id(), typ: 'countersign/payload/v1' })
  return { digest: `sha-256:${createHash('sha256').update(text).digest('base64url')}`, subject, kind, content: text }
}

function recordOf(row: RequestRow, challenge: OpenRequest['challenge']): Digest {
  const by = { challengeIssuer: challenge?.issuer, challengeJti: challenge?.jti }
  const text = recordText({ ...repeatedColumns(row), ...by }, row)
  return `sha-256:${createHash('sha256').update(text).digest('base64url')}`
}

/** The entries of a request that is opened with these texts. */
export const opening = (
  row: RequestRow,
  texts: readonly Payload[],
  challenge: OpenRequest['challenge'] = null,
): readonly PreparedEntry[] => [
  entry('request.created', row.trace, { payloads: texts.map((text) => text.digest) }),
  entry('request.decided', row.trace, { record: recordOf(row, challenge) }),
]

export const agent = (fields: Partial<Agent> = {}): Agent => ({
  id: `agent-${id()}`,
  principals: ['ada'],
  executors: [],
  groups: [],
  runBy: null,
  version: 1,
  createdAt: NOW,
  revokedAt: null,
  ...fields,
})

export const executor = (fields: Partial<Executor> = {}): Executor => ({
  audience: `https://${randomBytes(8).toString('hex')}.example`,
  title: 'Forum',
  catalogue: [{ name: 'forum.post', effect: 'write', reversible: true, title: 'Post to {board}' }],
  challengeKeys: [],
  version: 1,
  createdAt: NOW,
  revokedAt: null,
  ...fields,
})

export const credential = (kind: CredentialKind, subject: string, fields: Partial<Credential> = {}): Credential => ({
  id: id(),
  kind,
  subject,
  prefix: `cs_${kind}_abc`,
  createdAt: NOW,
  expiresAt: NOW + 86_400,
  revokedAt: null,
  lastUsedAt: null,
  ...fields,
})

export const passkey = (approver: string, fields: Partial<Passkey> = {}): Passkey => ({
  credentialId: hash(),
  approver,
  label: 'Phone',
  key: { kid: hash(), alg: 'ES256', kty: 'EC', crv: 'P-256', x: hash(), y: hash(), be: true },
  counter: 0,
  backedUp: true,
  transports: ['internal'],
  aaguid: '00000000-0000-0000-0000-000000000000',
  createdAt: NOW,
  lastUsedAt: null,
  revokedAt: null,
  ...fields,
})

export const invitation = (fields: Partial<Invitation> = {}): Invitation => ({
  hash: hash(),
  bootstrap: false,
  name: 'Ada',
  roles: ['approver'],
  recovers: null,
  person: null,
  invitedBy: null,
  createdAt: NOW,
  expiresAt: NOW + 900,
  ...fields,
})

/** An agent and an executor that are known, with a credential each. */
export interface Parties {
  readonly agent: Agent
  readonly executor: Executor
  readonly agentSecret: string
  readonly executorSecret: string
}

export async function parties(store: Store): Promise<Parties> {
  const made = { agent: agent(), executor: executor(), agentSecret: hash(), executorSecret: hash() }
  const added = entry('credential.added')
  await store.ensureOwnParties({ agent: made.agent, executor: made.executor })
  await store.ensureCredential({ credential: credential('agent', made.agent.id), hash: made.agentSecret, entry: added })
  await store.ensureCredential({
    credential: credential('executor', made.executor.audience),
    hash: made.executorSecret,
    entry: added,
  })
  return made
}

export function requestRow(of: Parties, fields: Partial<RequestRow> = {}): RequestRow {
  const requestId = id()
  const state: RequestState = 'pending'
  return {
    id: requestId,
    trace: traceOf(requestId),
    txn: requestId,
    undoes: null,
    actors: [],
    proposedBy: null,
    changes: null,
    changedBy: null,
    round: 0,
    door: 'agent',
    state,
    origin: 'human',
    agent: of.agent.id,
    actor: of.agent.id,
    act: { sub: of.agent.id },
    principal: 'ada',
    audience: of.executor.audience,
    executorTitle: of.executor.title,
    name: 'forum.post',
    digest: digest(),
    catalogueEntry: { name: 'forum.post', effect: 'write', reversible: true },
    previewBy: null,
    previewDigest: null,
    stateDigest: null,
    grant: null,
    jkt: null,
    policy: digest(),
    policyVersion: 0,
    policies: ['writes'],
    why: 'Policy “writes” permits this once one approver consents.',
    ...withQuorum(1),
    createdAt: NOW,
    expiresAt: NOW + 600,
    decidedAt: null,
    ...fields,
  }
}

export const withQuorum = (quorum: number, group = 'approver'): Pick<RequestRow, 'terms'> => ({
  terms: {
    approvers: [{ groups: [group], count: quorum }],
    ordered: false,
    quorum,
    ttlSeconds: 120,
    uses: 1,
    actor: null,
    selfApproval: false,
    stateRequired: false,
    typedTarget: false,
  },
})

/** A request that waits for humans. */
export function waiting(of: Parties, fields: Partial<RequestRow> = {}, open: Partial<OpenRequest> = {}): OpenRequest {
  const request = requestRow(of, fields)
  const action = { name: request.name, resource: 'forum:eng', arguments: { text: 'hello' }, salt: id() }
  const payloads = open.payloads ?? [payload(request.id, 'action', action)]
  return {
    request,
    payloads,
    entries: opening(request, payloads, open.challenge),
    notices: noticesOf(request, 120),
    idempotency: null,
    limits: { pendingPerAgent: 1_000_000, pendingPerGroup: 1_000_000 },
    challenge: null,
    token: null,
    separation: null,
    series: null,
    history: null,
    ...open,
  }
}

/** A request that the policy allows, with its token. */
export function allowed(of: Parties, open: Partial<OpenRequest> = {}, token: Partial<IssuedToken> = {}): OpenRequest {
  const request = requestRow(of, { state: 'approved', origin: 'policy', decidedAt: NOW })
  const payloads = [payload(request.id, 'action', { name: request.name, arguments: {} })]
  return {
    ...waiting(of),
    request,
    payloads,
    entries: opening(request, payloads, open.challenge),
    notices: [],
    limits: null,
    token: { issued: issued(request, token), entry: entry('token.issued', request.trace) },
    ...open,
  }
}

let position = 0

/** The token of a request as it is approved now: it carries the stored consents. */
export async function carrying(store: Store, request: RequestRow): Promise<IssuedToken> {
  const consents = (await store.consents(request.id)).map((one) => one.consent)
  return issued(request, {}, consents)
}

export function issued(
  request: RequestRow,
  fields: Partial<IssuedToken> = {},
  consents: readonly Consent[] = [],
): IssuedToken {
  const jti = fields.jti ?? id()
  return {
    jti,
    request: request.id,
    agent: request.agent,
    audience: request.audience,
    statusList: 0,
    statusIndex: position++,
    uses: 1,
    issuedAt: NOW,
    expiresAt: NOW + 120,
    claims: claims(request, jti, consents),
    claimsDigest: claimsDigestOf(jti),
    grant: null,
    added: 0,
    budget: null,
    permissionMark: null,
    ...fields,
  }
}

/** The store compares it with what was issued, and does not compute it. */
export const claimsDigestOf = (jti: string): Digest => `sha-256:${createHash('sha256').update(jti).digest('base64url')}`

export const claims = (request: RequestRow, jti: string, consents: readonly Consent[] = []): ApprovalClaims => ({
  iss: 'https://authority.example',
  aud: request.audience,
  sub: request.principal,
  act: request.act,
  client_id: request.actor,
  jti,
  iat: NOW,
  exp: NOW + 120,
  txn: request.txn,
  scope: request.name,
  authorization_details: [
    {
      type: 'countersign_action',
      name: request.name,
      resource: 'forum:\0eng',
      digest: request.digest,
      salt: id(),
      uses: 1,
    },
  ],
  approval: {
    request: request.id,
    origin: request.origin,
    policy: request.policy,
    quorum: 0,
    separation: true,
    consents: [...consents],
  },
  status: { status_list: { idx: 0, uri: 'https://authority.example/status/0' } },
  log: { origin: 'authority.example/log', leaf: digest() },
})

export function redeem(
  of: Parties,
  token: { jti: string },
  { entry: written = entry('token.redeemed'), ...fields }: Partial<RedemptionAttempt> & { entry?: PreparedEntry } = {},
): RedemptionAttempt & { readonly entry: PreparedEntry } {
  return {
    jti: token.jti,
    audience: of.executor.audience,
    claimsDigest: claimsDigestOf(token.jti),
    credentialHash: of.executorSecret,
    executorVersion: of.executor.version,
    people: null,
    agentVersion: of.agent.version,
    grant: null,
    policyVersion: 0,
    now: NOW + 10,
    signature: hash(),
    entry: written,
    entryFor: async () => written,
    ...fields,
  }
}

export const consent = (approver: string): Consent => ({
  approver,
  nonce: hash(),
  expires: NOW + 600,
  preview: null,
  key: hash(),
  authenticator_data: hash(),
  client_data_json: hash(),
  signature: hash(),
})

export function consentOf(
  request: string,
  key: Passkey,
  of: string,
  fields: { separation?: boolean; now?: number } = {},
) {
  return {
    request,
    approver: key.approver,
    credentialId: key.credentialId,
    consent: consent(key.approver),
    separation: true,
    counter: 1,
    backedUp: true,
    now: NOW + 5,
    entry: entry('consent.given', of),
    ...fields,
  }
}

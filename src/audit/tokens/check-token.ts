/**
 * Checks one token as its text stands in the authority's archive: its signature, and every passkey's in it.
 *
 * Runs on worker threads, which share only plain data with the audit. SPEC 5, 6, 8.
 */
import {
  type ApprovalClaims,
  type ApproverKey,
  base64urlDecode,
  type Consent,
  canonicalize,
  importVerificationKey,
  isOwnApproval,
  type JsonObject,
  type JsonValue,
  outlives,
  parseClaims,
  type RelyingParty,
  statementOf,
  type VerificationKey,
} from '@countersign/verifier'
import { proveConsent } from '@countersign/verifier/authority'
import type { AuditCrypto } from '../crypto.ts'
import { printOf } from '../facts/ledger-facts.ts'
import type { FindingCode } from '../finding.ts'
import { isObject, textOf } from '../log/read-entry.ts'
import { isChallengeOf, reasonOf } from './signed-statements.ts'

/** The trusted keys and names, as plain data: sent to each thread once. */
export interface Trusted {
  /** `<host>/log` */
  readonly origin: string
  /** Passkeys by thumbprint, as the ledger enrolled them. */
  readonly passkeys: readonly (readonly [kid: string, key: ApproverKey])[]
  readonly signingKeys: readonly (readonly [kid: string, key: ApproverKey, signsFrom: number])[]
  /** By agent: the person who runs it. */
  readonly runBy: readonly (readonly [agent: string, approver: string])[]
}

/** One text, with the ledger's record of its `jti`. */
export interface TokenJob {
  /** A line of JSON: `jti`, `claims`, `signature`, `kid`. */
  readonly text: string
  readonly claims: string
  readonly leaf: string
}

export interface TokenVerdict {
  readonly faults: readonly (readonly [FindingCode, string])[]
  /** Null when they cannot be read. */
  readonly said: TokenSaid | null
}

export type TokenSaid = ReturnType<typeof saidBy>

const MAX_LIFE_SECONDS = 600
const utf8 = new TextEncoder()

/** The keys and tables of one thread: each key is imported once. */
interface Bench {
  readonly crypto: AuditCrypto
  readonly origin: string
  readonly passkeys: ReadonlyMap<string, ApproverKey>
  readonly signingKeys: ReadonlyMap<string, SigningKey>
  /** Agents by the person who runs them. */
  readonly runs: ReadonlyMap<string, readonly string[]>
}

interface SigningKey {
  readonly alg: string
  readonly key: () => Promise<VerificationKey>
  readonly signsFrom: number
}

export function createTokenCheck(trusted: Trusted, crypto: AuditCrypto): (job: TokenJob) => Promise<TokenVerdict> {
  const bench = benchOf(trusted, crypto)
  return async (job) => {
    const artifact: JsonValue = JSON.parse(job.text)
    const claims = isObject(artifact) ? readClaims(artifact['claims'] ?? null) : null
    if (!isObject(artifact) || claims === null) return { faults: [['token_claims', 'malformed']], said: null }
    const faults: Faults = []
    checkAgainstLedger(bench, claims, job, faults)
    await checkSignature(bench, artifact, claims, faults)
    checkTerms(bench, claims, faults)
    const consents: SaidConsent[] = []
    for (const consent of claims.approval.consents) consents.push(await checkConsent(bench, claims, consent, faults))
    return { faults, said: saidBy(claims, consents) }
  }
}

function benchOf({ origin, passkeys, signingKeys, runBy }: Trusted, crypto: AuditCrypto): Bench {
  const runs = new Map<string, string[]>()
  for (const [agent, approver] of runBy) runs.set(approver, [...(runs.get(approver) ?? []), agent])
  return {
    crypto,
    origin,
    runs,
    passkeys: new Map(passkeys),
    signingKeys: new Map(
      signingKeys.map(([kid, jwk, signsFrom]) => [
        kid,
        { alg: jwk.alg, key: lazily(() => importVerificationKey(jwk)), signsFrom },
      ]),
    ),
  }
}

function checkAgainstLedger(
  { crypto, origin }: Bench,
  { log, ...rest }: ApprovalClaims,
  { claims, leaf }: TokenJob,
  faults: Faults,
): void {
  if (`sha-256:${crypto.digest(canonicalText(rest))}` !== claims) faults.push(['token_claims', 'another digest'])
  if (log.leaf !== leaf || log.origin !== origin) faults.push(['token_claims', 'another place in the log'])
  if (!isIssuer(rest.iss, origin)) faults.push(['token_claims', `issued by ${rest.iss}`])
}

/** Rebuilds the signed text, header and claims in the order of minting, and checks the signature over it. */
async function checkSignature(
  { signingKeys, crypto }: Bench,
  artifact: JsonObject,
  { iat }: ApprovalClaims,
  faults: Faults,
): Promise<void> {
  const signature = textOf(artifact, 'signature')
  if (signature === undefined) return void faults.push(['token_signature_lost', ''])
  const named = textOf(artifact, 'kid')
  if (named !== undefined && !signingKeys.has(named)) return void faults.push(['signing_key_unlogged', named])
  for (const [kid, key] of signingKeys) {
    if (kid !== (named ?? kid) || !(await isSignedBy(key, kid, artifact['claims'] ?? null, signature, crypto))) continue
    if (iat < key.signsFrom) faults.push(['signing_key_unlogged', `${kid} before its time`])
    return
  }
  faults.push(['token_signature', ''])
}

async function isSignedBy(
  { alg, key }: SigningKey,
  kid: string,
  claims: JsonValue,
  signature: string,
  { encode }: AuditCrypto,
): Promise<boolean> {
  const input = [{ alg, kid, typ: 'approval+jwt' }, claims].map((part) => encode(JSON.stringify(part))).join('.')
  try {
    return await (await key()).verify(base64urlDecode(signature), utf8.encode(input))
  } catch {
    return false
  }
}

function checkTerms({ runs }: Bench, claims: ApprovalClaims, faults: Faults): void {
  const { iat, exp, approval } = claims
  if (exp - iat > MAX_LIFE_SECONDS || exp <= iat) faults.push(['token_life', `${exp - iat} s`])
  const people = new Set(approval.consents.map(({ approver }) => approver)).size
  const places = new Set(approval.consents.map(({ approver, on_behalf_of }) => on_behalf_of ?? approver)).size
  const filled = Math.min(people, places)
  if (filled < approval.quorum) faults.push(['token_quorum', `${filled} of ${approval.quorum}`])
  const isOwnAgent = ({ approver }: Consent) => isOwnApproval(claims, { approver, agents: runs.get(approver) ?? [] })
  if (approval.separation && approval.consents.some(isOwnAgent)) faults.push(['separation_untrue', ''])
}

async function checkConsent(
  { crypto, passkeys }: Bench,
  claims: ApprovalClaims,
  consent: Consent,
  faults: Faults,
): Promise<SaidConsent> {
  const { approver, key } = consent
  const passkey = passkeys.get(key)
  if (passkey === undefined) faults.push(['consent_key_unknown', `${key} of ${approver}`])
  else faults.push(...(await faultsOfSignature(claims, consent, passkey)))
  return { approver, print: printOf(crypto.digest, { ...consent, batch: consent.batch ?? null }) }
}

async function faultsOfSignature(claims: ApprovalClaims, consent: Consent, passkey: ApproverKey): Promise<Faults> {
  try {
    const { challenge } = await proveConsent(consent, passkey, partyOf(claims.iss))
    if (outlives(claims, consent)) return [['consent_expired', consent.approver]]
    return (await isChallengeOf(challenge, statementOf(claims, consent), consent))
      ? []
      : [['consent_other_statement', consent.approver]]
  } catch (error) {
    return [['consent_signature', `${consent.approver}: ${reasonOf(error)}`]]
  }
}

/** The relying party of an authority at this origin. */
const partyOf = (issuer: string): RelyingParty => ({ rpId: new URL(issuer).hostname, origins: [issuer] })

type Faults = [FindingCode, string][]

/** The log is named after the authority's host. */
const isIssuer = (issuer: string, origin: string): boolean =>
  URL.canParse(issuer) && `${new URL(issuer).host}/log` === origin

interface SaidConsent {
  readonly approver: string
  readonly print: string
}

const saidBy = (claims: ApprovalClaims, consents: readonly SaidConsent[]) => ({
  jti: claims.jti,
  request: claims.approval.request,
  bounds: boundsIn(claims),
  agent: claims.act.sub,
  principal: claims.sub,
  executor: claims.aud,
  action: claims.authorization_details[0].digest,
  state: claims.authorization_details[0].state,
  name: claims.scope,
  origin: claims.approval.origin,
  quorum: claims.approval.quorum,
  policy: claims.approval.policy,
  exp: claims.exp,
  uses: claims.authorization_details[0].uses,
  separation: claims.approval.separation,
  consents,
})

/** The grant that a token names for its call. */
function boundsIn({ authorization_details: [{ bounds }] }: ApprovalClaims) {
  if (bounds === undefined) return undefined
  const { grant, digest, uses, salt, arguments: constraints } = bounds
  return { grant, digest, uses, text: canonicalText({ salt, constraints }) }
}

function readClaims(value: JsonValue): ApprovalClaims | null {
  try {
    return parseClaims(value)
  } catch {
    return null
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/**
 * The RFC 8785 text of what was read strictly already, by the platform's own writer, which is faster. A text that needs an
 * escape goes through `canonicalize`, which refuses values without a canonical form.
 */
function canonicalText(value: JsonValue): string {
  const text = JSON.stringify(sorted(value))
  return text.includes('\\') ? canonicalize(value) : text
}

function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const members: Record<string, JsonValue> = {}
  for (const name of Object.keys(value).sort())
    members[name] = sorted((value as Record<string, JsonValue>)[name] ?? null)
  return members
}

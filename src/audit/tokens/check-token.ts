/**
 * Checks one token as its text stands in the authority's archive: its signature, and every passkey's in it.
 *
 * In: the text, what the ledger says of it, the keys the ledger names. Out: what does not hold, and what the claims say.
 * Runs where nothing is shared with the audit but plain data: on worker threads. SPEC 5, 6, 8.
 */
import {
  type ApprovalClaims,
  type ApproverKey,
  base64urlDecode,
  type Consent,
  isOwnApproval,
  type JsonObject,
  type JsonValue,
  parseClaims,
  statementOf,
} from '@countersign/verifier'
import type { AuditCrypto, Verify } from '../crypto.ts'
import { printOf } from '../facts/consent-print.ts'
import type { FindingCode } from '../finding.ts'
import { isObject, textOf } from '../log/read-entry.ts'
import { canonicalText } from './canonical-text.ts'
import { faultOfAssertion, type Passkey, passkeyOf, type RelyingParty, relyingParty } from './check-assertion.ts'

/** Everything the checks rest on, as plain data: it is sent to each thread once. */
export interface Trusted {
  /** `<host>/log` */
  readonly origin: string
  /** Passkeys by thumbprint, as the ledger enrolled them. */
  readonly passkeys: readonly (readonly [kid: string, key: ApproverKey])[]
  readonly signingKeys: readonly (readonly [kid: string, key: ApproverKey, signsFrom: number])[]
  /** By agent: the person who runs it. */
  readonly runBy: readonly (readonly [agent: string, approver: string])[]
}

/** One text, with what the ledger says of its `jti`. */
export interface TokenJob {
  /** A line of JSON: `jti`, `claims`, `signature`, `kid`. */
  readonly text: string
  readonly claims: string
  readonly leaf: string
}

/** What came of it. */
export interface TokenVerdict {
  readonly faults: readonly (readonly [FindingCode, string])[]
  /** Null when they cannot be read. */
  readonly said: TokenSaid | null
}

export interface TokenSaid {
  readonly jti: string
  readonly request: string
  readonly agent: string
  readonly principal: string
  readonly executor: string
  readonly action: string
  readonly name: string
  readonly origin: string
  readonly quorum: number
  readonly policy: string
  readonly exp: number
  readonly uses: number
  readonly separation: boolean
  readonly consents: readonly SaidConsent[]
}

export interface SaidConsent {
  readonly approver: string
  /** Digest of the whole consent. */
  readonly print: string
}

const MAX_LIFE_SECONDS = 600
const utf8 = new TextEncoder()

export type CheckToken = (job: TokenJob) => TokenVerdict

/** What every check of a thread works with: each key imported once. */
interface Bench {
  readonly crypto: AuditCrypto
  readonly origin: string
  readonly passkeys: ReadonlyMap<string, () => Passkey>
  readonly signingKeys: ReadonlyMap<string, { readonly holds: HoldsOver; readonly from: number }>
  /** Agents by the person who runs them. */
  readonly runs: ReadonlyMap<string, readonly string[]>
  readonly partyOf: (issuer: string) => RelyingParty
}

export function createTokenCheck(trusted: Trusted, crypto: AuditCrypto): CheckToken {
  const bench = benchOf(trusted, crypto)
  return (job) => {
    const artifact: JsonValue = JSON.parse(job.text)
    const claims = isObject(artifact) ? readClaims(artifact['claims'] ?? null) : null
    if (!isObject(artifact) || claims === null) return { faults: [['token_claims', 'malformed']], said: null }
    const faults: Faults = []
    checkAgainstLedger(bench, claims, job, faults)
    checkSignature(bench, artifact, claims, faults)
    checkTerms(bench, claims, faults)
    const consents = claims.approval.consents.map((consent) => checkConsent(bench, claims, consent, faults))
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
    passkeys: new Map(passkeys.map(([kid, key]) => [kid, lazily(() => passkeyOf(key, crypto))])),
    signingKeys: new Map(signingKeys.map(([kid, key, from]) => [kid, { holds: signingKey(key, crypto), from }])),
    partyOf: remember((issuer) => relyingParty(issuer, crypto.digest)),
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

/** The text is the one that was signed when the signature holds over it: header and claims in the order of minting. */
function checkSignature({ signingKeys }: Bench, artifact: JsonObject, { iat }: ApprovalClaims, faults: Faults): void {
  const signature = textOf(artifact, 'signature')
  if (signature === undefined) return void faults.push(['token_signature', 'there is none'])
  const named = textOf(artifact, 'kid')
  const claims = artifact['claims'] ?? null
  const candidates = named === undefined ? [...signingKeys.keys()] : [named]
  const by = candidates.find((kid) => signingKeys.get(kid)?.holds(kid, claims, signature))
  if (by !== undefined) {
    if (iat < (signingKeys.get(by)?.from ?? 0)) faults.push(['signing_key_unlogged', `${by} before its time`])
  } else if (named === undefined || signingKeys.has(named)) faults.push(['token_signature', ''])
  else faults.push(['signing_key_unlogged', named])
}

function checkTerms({ runs }: Bench, claims: ApprovalClaims, faults: Faults): void {
  const { iat, exp, approval } = claims
  if (exp - iat > MAX_LIFE_SECONDS || exp <= iat) faults.push(['token_life', `${exp - iat} s`])
  if (approval.consents.some((consent) => consent.expires < exp)) faults.push(['consent_expired', ''])
  const people = new Set(approval.consents.map((consent) => consent.approver))
  if (people.size < approval.quorum) faults.push(['token_quorum', `${people.size} of ${approval.quorum}`])
  const isOwnAgent = ({ approver }: Consent) => isOwnApproval(claims, { approver, agents: runs.get(approver) ?? [] })
  if (approval.separation && approval.consents.some(isOwnAgent)) faults.push(['separation_untrue', ''])
}

function checkConsent(bench: Bench, claims: ApprovalClaims, consent: Consent, faults: Faults): SaidConsent {
  const { crypto, passkeys, partyOf } = bench
  const { approver, key } = consent
  const said = { approver, print: printOf(crypto.digest, { ...consent, batch: consent.batch ?? null }) }
  const passkey = passkeys.get(key)?.()
  if (passkey === undefined) {
    faults.push(['consent_key_unknown', `${key} of ${approver}`])
    return said
  }
  const fault = faultOfAssertion(consent, challengeOf(crypto, claims, consent), passkey, partyOf(claims.iss), crypto)
  if (fault === 'challenge') faults.push(['consent_other_statement', approver])
  else if (fault !== null) faults.push(['consent_signature', `${approver}: ${fault}`])
  return said
}

/** The challenge this consent must have answered; one that nobody can where its batch does not list the statement once. */
function challengeOf(crypto: AuditCrypto, claims: ApprovalClaims, { batch, ...consent }: Consent): string {
  const own = crypto.digest(canonicalText(statementOf(claims, consent)))
  if (batch === undefined) return own
  if (batch.filter((listed) => listed === `sha-256:${own}`).length !== 1) return ''
  return crypto.digest(canonicalText({ typ: 'countersign/consent-batch/v1', statements: batch }))
}

type Faults = [FindingCode, string][]

/** The log is named after the authority's host. */
const isIssuer = (issuer: string, origin: string): boolean =>
  URL.canParse(issuer) && `${new URL(issuer).host}/log` === origin

const saidBy = (claims: ApprovalClaims, consents: TokenSaid['consents']): TokenSaid => ({
  jti: claims.jti,
  request: claims.approval.request,
  agent: claims.act.sub,
  principal: claims.sub,
  executor: claims.aud,
  action: claims.authorization_details[0].digest,
  name: claims.scope,
  origin: claims.approval.origin,
  quorum: claims.approval.quorum,
  policy: claims.approval.policy,
  exp: claims.exp,
  uses: claims.authorization_details[0].uses,
  separation: claims.approval.separation,
  consents,
})

function readClaims(value: JsonValue): ApprovalClaims | null {
  try {
    return parseClaims(value)
  } catch {
    return null
  }
}

/** Whether a token with these claims was signed so by the key of this id. */
type HoldsOver = (kid: string, claims: JsonValue, signature: string) => boolean

function signingKey(key: ApproverKey, crypto: AuditCrypto): HoldsOver {
  const verify = lazily(() => crypto.verifierOf(key, 'raw'))
  return (kid, claims, signature) =>
    holds(crypto, verify(), { alg: key.alg, kid, typ: 'approval+jwt' }, claims, signature)
}

function holds(
  { encode }: AuditCrypto,
  verify: Verify,
  header: JsonObject,
  claims: JsonValue,
  signature: string,
): boolean {
  const input = [header, claims].map((part) => encode(JSON.stringify(part))).join('.')
  try {
    return verify(base64urlDecode(signature), utf8.encode(input))
  } catch {
    return false
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function remember<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>()
  return (key) => {
    const known = made.get(key) ?? make(key)
    made.set(key, known)
    return known
  }
}

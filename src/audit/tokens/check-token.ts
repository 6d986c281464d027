/**
 * Checks one token as its text stands in the authority's archive: its signature, and every passkey's in it.
 *
 * Runs on worker threads, which share only plain data with the audit. SPEC 5, 6, 8.
 */
import {
  type ApprovalClaims,
  type ApproverKey,
  type Consent,
  canonicalize,
  isOwnApproval,
  outlives,
  type RelyingParty,
  statementOf,
} from '@countersign/verifier'
import type { AuditCrypto } from '../crypto.ts'
import { printOf } from '../facts/ledger-facts.ts'
import type { FindingCode } from '../finding.ts'
import { textOf } from '../log/read-entry.ts'
import { createConsentProof, isSignedBy, type ProveConsent } from './prove-consent.ts'
import { readToken, type ServedToken } from './read-token.ts'
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

/** The keys and tables of one thread: each key is imported once. */
interface Bench {
  readonly crypto: AuditCrypto
  readonly proveConsent: ProveConsent
  readonly origin: string
  readonly passkeys: ReadonlyMap<string, ApproverKey>
  readonly signingKeys: ReadonlyMap<string, SigningKey>
  /** Agents by the person who runs them. */
  readonly runs: ReadonlyMap<string, readonly string[]>
  readonly issuerOf: (iss: string) => Issuer
}

/** An issuer's log and relying party, both derived from its name. */
interface Issuer {
  /** `<host>/log`: the log is named after the host of its authority. */
  readonly log: string
  readonly party: RelyingParty
}

interface SigningKey {
  /** The protected header of its tokens, in base64url. */
  readonly header: string
  readonly key: ApproverKey
  readonly signsFrom: number
}

/** Checks on the calling thread, and at once. */
export function createTokenCheck(trusted: Trusted, crypto: AuditCrypto): (job: TokenJob) => TokenVerdict {
  const bench = benchOf(trusted, crypto)
  return (job) => {
    const token = readToken(job.text)
    if (token === null) return { faults: [['token_claims', 'malformed']], said: null }
    const { claims } = token
    const faults: Faults = []
    checkAgainstLedger(bench, token, job, faults)
    checkSignature(bench, token, faults)
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
    proveConsent: createConsentProof(crypto),
    origin,
    runs,
    issuerOf: createIssuerOf(),
    passkeys: new Map(passkeys),
    signingKeys: new Map(
      signingKeys.map(([kid, key, signsFrom]) => {
        const header = crypto.encode(JSON.stringify({ alg: key.alg, kid, typ: 'approval+jwt' }))
        return [kid, { header, key, signsFrom }]
      }),
    ),
  }
}

/** Nearly all tokens of a log name one issuer, which is read once. Throws for what is no URL: `parseClaims` refuses that. */
function createIssuerOf(): (iss: string) => Issuer {
  let last: { readonly iss: string; readonly issuer: Issuer } | undefined
  return (iss) => {
    if (last?.iss !== iss) {
      const { host, hostname } = new URL(iss)
      last = { iss, issuer: { log: `${host}/log`, party: { rpId: hostname, origins: [iss] } } }
    }
    return last.issuer
  }
}

function checkAgainstLedger(
  { crypto, origin, issuerOf }: Bench,
  { claims: { iss, log }, digested }: ServedToken,
  { claims, leaf }: TokenJob,
  faults: Faults,
): void {
  if (`sha-256:${crypto.digest(digested)}` !== claims) faults.push(['token_claims', 'another digest'])
  if (log.leaf !== leaf || log.origin !== origin) faults.push(['token_claims', 'another place in the log'])
  if (issuerOf(iss).log !== origin) faults.push(['token_claims', `issued by ${iss}`])
}

/** Rebuilds the signed text of header and claims, and checks the signature over it. */
function checkSignature(
  { signingKeys, crypto }: Bench,
  { artifact, claims: { iat }, minted }: ServedToken,
  faults: Faults,
): void {
  const signature = textOf(artifact, 'signature')
  if (signature === undefined) return void faults.push(['token_signature_lost', ''])
  const named = textOf(artifact, 'kid')
  if (named !== undefined && !signingKeys.has(named)) return void faults.push(['signing_key_unlogged', named])
  for (const [kid, key] of signingKeys) {
    if (kid !== (named ?? kid) || !isMintedBy(key, minted, signature, crypto)) continue
    if (iat < key.signsFrom) faults.push(['signing_key_unlogged', `${kid} before its time`])
    return
  }
  faults.push(['token_signature', ''])
}

function isMintedBy(
  { header, key }: SigningKey,
  minted: string,
  signature: string,
  { decode, signingInput }: AuditCrypto,
): boolean {
  try {
    return isSignedBy(key, decode(signature), signingInput(header, minted))
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

function checkConsent(bench: Bench, claims: ApprovalClaims, consent: Consent, faults: Faults): SaidConsent {
  const { approver, key } = consent
  const passkey = bench.passkeys.get(key)
  const fault: Fault | null =
    passkey === undefined
      ? ['consent_key_unknown', `${key} of ${approver}`]
      : faultOfSignature(bench, claims, consent, passkey)
  if (fault !== null) faults.push(fault)
  return { approver, print: printOf(bench.crypto.digest, consent) }
}

function faultOfSignature(
  { crypto, proveConsent, issuerOf }: Bench,
  claims: ApprovalClaims,
  consent: Consent,
  passkey: ApproverKey,
): Fault | null {
  try {
    const { challenge } = proveConsent(consent, passkey, issuerOf(claims.iss).party)
    if (outlives(claims, consent)) return ['consent_expired', consent.approver]
    const isSigned = isChallengeOf(crypto.digest, challenge, statementOf(claims, consent), consent)
    return isSigned ? null : ['consent_other_statement', consent.approver]
  } catch (error) {
    return ['consent_signature', `${consent.approver}: ${reasonOf(error)}`]
  }
}

type Fault = [FindingCode, string]
type Faults = Fault[]

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
  return { grant, digest, uses, text: canonicalize({ salt, constraints }) }
}

/**
 * Checks one token as its text stands in the authority's archive: its signature, and every passkey's in it.
 *
 * In: the text, what the ledger says of it, the keys the ledger names. Out: what does not hold, and what the claims say.
 * Runs where nothing is shared with the audit but plain data: on worker threads. DESIGN 5, 6, 8.
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
import { canonicalText } from './canonical-text.ts'
import { faultOfAssertion, passkeyOf, relyingParty } from './check-assertion.ts'
import type { AuditCrypto, Verify } from './crypto.ts'
import { isObject, textOf } from './entry.ts'
import type { FindingCode } from './finding.ts'
import { printOf } from './rules-requests.ts'

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
  /** Of each consent: who, and its digest. */
  readonly consents: readonly { readonly approver: string; readonly print: string; readonly holds: boolean }[]
}

const MAX_LIFE_SECONDS = 600
const utf8 = new TextEncoder()

export type CheckToken = (job: TokenJob) => TokenVerdict

export function createTokenCheck(trusted: Trusted, crypto: AuditCrypto): CheckToken {
  const passkeys = new Map(trusted.passkeys.map(([kid, key]) => [kid, lazily(() => passkeyOf(key, crypto))]))
  const signing = new Map(trusted.signingKeys.map(([kid, key, from]) => [kid, { key: signingKey(key, crypto), from }]))
  const runs = new Map<string, string[]>()
  for (const [agent, approver] of trusted.runBy) runs.set(approver, [...(runs.get(approver) ?? []), agent])
  const partyOf = remember((issuer: string) => relyingParty(issuer, crypto.digest))

  return (job) => {
    const faults: [FindingCode, string][] = []
    const artifact: JsonValue = JSON.parse(job.text)
    const claims = isObject(artifact) ? readClaims(artifact['claims'] ?? null) : null
    if (!isObject(artifact) || claims === null) return { faults: [['token_claims', 'malformed']], said: null }
    if (textOf(artifact, 'signature') === undefined) faults.push(['token_signature', 'there is none'])
    checkAgainstLedger(claims, job, faults)
    checkSignature(artifact, claims, faults)
    checkTerms(claims, faults)
    const consents = claims.approval.consents.map((consent) => checkConsent(claims, consent, faults))
    return { faults, said: saidBy(claims, consents) }
  }

  function checkAgainstLedger(claims: ApprovalClaims, { claims: digest, leaf }: TokenJob, faults: Faults): void {
    const { log, ...rest } = claims
    if (`sha-256:${crypto.digest(canonicalText(rest))}` !== digest) faults.push(['token_claims', 'another digest'])
    if (log.leaf !== leaf || log.origin !== trusted.origin) faults.push(['token_claims', 'another place in the log'])
    if (!isIssuer(claims.iss, trusted.origin)) faults.push(['token_claims', `issued by ${claims.iss}`])
  }

  /** The text is the one that was signed when the signature holds over it: header and claims in the order of minting. */
  function checkSignature(artifact: JsonObject, { iat }: ApprovalClaims, faults: Faults): void {
    const signature = textOf(artifact, 'signature')
    if (signature === undefined) return
    const named = textOf(artifact, 'kid')
    const candidates = named === undefined ? [...signing.keys()] : [named]
    const by = candidates.find((kid) => signing.get(kid)?.key(kid, artifact['claims'] ?? null, signature))
    if (by === undefined) {
      faults.push(named === undefined || signing.has(named) ? ['token_signature', ''] : ['signing_key_unlogged', named])
    } else if (iat < (signing.get(by)?.from ?? 0)) faults.push(['signing_key_unlogged', `${by} before its time`])
  }

  function checkTerms(claims: ApprovalClaims, faults: Faults): void {
    const { iat, exp, approval } = claims
    if (exp - iat > MAX_LIFE_SECONDS || exp <= iat) faults.push(['token_life', `${exp - iat} s`])
    if (approval.consents.some((consent) => consent.expires < exp)) faults.push(['consent_expired', ''])
    const people = new Set(approval.consents.map((consent) => consent.approver))
    if (people.size < approval.quorum) faults.push(['token_quorum', `${people.size} of ${approval.quorum}`])
    const own = approval.consents.some(({ approver }) =>
      isOwnApproval(claims, { approver, agents: runs.get(approver) ?? [] }),
    )
    if (own && approval.separation) faults.push(['separation_untrue', ''])
  }

  function checkConsent(claims: ApprovalClaims, consent: Consent, faults: Faults) {
    const print = printOf(crypto.digest, { ...consent, batch: consent.batch ?? null })
    const result = (holds: boolean) => ({ approver: consent.approver, print, holds })
    const passkey = passkeys.get(consent.key)?.()
    if (passkey === undefined) {
      faults.push(['consent_key_unknown', `${consent.key} of ${consent.approver}`])
      return result(false)
    }
    const fault = faultOfAssertion(consent, challengeOf(claims, consent), passkey, partyOf(claims.iss), crypto)
    if (fault === null) return result(true)
    const code = fault === 'challenge' ? 'consent_other_statement' : 'consent_signature'
    faults.push([code, `${consent.approver}: ${fault}`])
    return result(false)
  }

  /** The challenge this consent must have answered; of a batch that does not list the statement once, one that nobody answered. */
  function challengeOf(claims: ApprovalClaims, consent: Consent): string {
    const own = crypto.digest(canonicalText(statementOf(claims, consent)))
    if (consent.batch === undefined) return own
    if (consent.batch.filter((listed) => listed === `sha-256:${own}`).length !== 1) return ''
    return crypto.digest(canonicalText({ typ: 'countersign/consent-batch/v1', statements: consent.batch }))
  }
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

function signingKey(
  key: ApproverKey,
  crypto: AuditCrypto,
): (kid: string, claims: JsonValue, signature: string) => boolean {
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

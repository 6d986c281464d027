/**
 * Checks the consents that no token carries: of requests denied in the end, expired, or whose token is still alive.
 *
 * In: facts, a way to read an entry again. Out: findings, and how many signatures hold although what exactly they sign
 * cannot be rebuilt: the ledger does not name every member of a statement, only a token does. DESIGN 5.
 */
import { type Consent, type ConsentStatement, canonicalize, type Digest, type JsonObject } from '@countersign/verifier'
import { challengeIn, faultOfAssertion, passkeyOf, relyingParty } from './check-assertion.ts'
import type { Trusted } from './check-token.ts'
import type { AuditCrypto } from './crypto.ts'
import { objectOf, readEntry } from './entry.ts'
import type { ConsentFact, Facts, RequestFact } from './facts.ts'
import type { Findings } from './finding.ts'

export interface ConsentsInput {
  readonly facts: Facts
  readonly findings: Findings
  readonly trusted: Trusted
  readonly crypto: AuditCrypto
  /** The bytes of an entry. */
  readonly entryAt: (index: number) => Promise<Uint8Array | null>
}

export interface CheckedConsents {
  readonly checked: number
  /** Of these, signatures that hold over a statement that cannot be rebuilt. */
  readonly unbound: number
}

export async function checkConsents(input: ConsentsInput): Promise<CheckedConsents> {
  const check = createConsentCheck(input)
  let [checked, unbound] = [0, 0]
  for (const [id, request] of input.facts.requests) {
    for (const fact of request.consents ?? []) {
      if (fact.checked) continue
      const consent = await consentAt(input, fact)
      const verdict = consent === null ? 'encoding' : check(id, request, consent)
      checked++
      if (verdict === 'unbound') unbound++
      else if (verdict !== 'holds') report(input.findings, fact, id, verdict)
    }
  }
  return { checked, unbound }
}

type CheckConsent = (id: string, request: RequestFact, consent: Consent) => string

/** `holds`, `unbound`, or what is wrong with the signature. */
function createConsentCheck({ trusted, crypto }: ConsentsInput): CheckConsent {
  const passkeys = new Map(trusted.passkeys.map(([kid, key]) => [kid, passkeyOf(key, crypto)]))
  // The ledger names the host of the authority; only a token says with which scheme.
  const issuers = ['https://', 'http://'].map((scheme) => scheme + trusted.origin.replace(/\/log$/, ''))
  const parties = issuers.map((issuer) => ({ issuer, party: relyingParty(issuer, crypto.digest) }))
  return (id, request, consent) => {
    const passkey = passkeys.get(consent.key)
    // A key nobody enrolled was reported with the entry.
    if (passkey === undefined) return 'holds'
    let verdict = 'encoding'
    for (const { issuer, party } of parties) {
      const fault = faultOfAssertion(consent, null, passkey, party, crypto)
      if (fault === null) return isBound(issuer, id, request, consent, crypto) ? 'holds' : 'unbound'
      if (fault !== 'origin') verdict = fault
      else if (verdict === 'encoding') verdict = 'origin'
    }
    return verdict
  }
}

/** Whether what was signed is a statement that the ledger's own words make up. */
function isBound(issuer: string, id: string, request: RequestFact, consent: Consent, crypto: AuditCrypto): boolean {
  const signed = challengeIn(consent)
  return [true, false].some((separation) => {
    const own = crypto.digest(canonicalize(statementOf(issuer, id, request, consent, separation)))
    if (consent.batch === undefined) return signed === own
    const batch = { typ: 'countersign/consent-batch/v1', statements: consent.batch }
    return consent.batch.includes(`sha-256:${own}`) && signed === crypto.digest(canonicalize(batch))
  })
}

/** The statement where the agent is its own actor, asks for nobody else and may act once: the usual case. */
const statementOf = (
  iss: string,
  id: string,
  request: RequestFact,
  consent: Consent,
  separation: boolean,
): ConsentStatement => ({
  typ: 'countersign/consent/v1',
  iss,
  aud: request.executor,
  request: id,
  sub: request.principal,
  act: { sub: request.agent },
  client_id: request.agent,
  action: request.action as Digest,
  preview: consent.preview,
  policy: request.policy as Digest,
  quorum: request.quorum,
  separation,
  uses: 1,
  expires: consent.expires,
  approver: consent.approver,
  nonce: consent.nonce,
})

/** The consent of an entry, read again; null when it is none. */
async function consentAt({ entryAt }: ConsentsInput, { index }: ConsentFact): Promise<Consent | null> {
  const bytes = await entryAt(index)
  const read = bytes && readEntry(bytes)
  const consent = read && 'entry' in read ? objectOf(read.entry.members, 'consent') : undefined
  return consent !== undefined && isConsent(consent) ? consent : null
}

const TEXTS = ['approver', 'nonce', 'key', 'authenticator_data', 'client_data_json', 'signature']

function isConsent(value: JsonObject): value is JsonObject & Consent {
  const { expires, preview, batch } = value
  const isBatch = batch === undefined || Array.isArray(batch)
  return (
    TEXTS.every((name) => typeof value[name] === 'string') &&
    typeof expires === 'number' &&
    (preview === null || typeof preview === 'string') &&
    isBatch
  )
}

function report(findings: Findings, { index, approver }: ConsentFact, id: string, fault: string): void {
  findings.report({ code: 'consent_signature', index, at: null, subject: id, detail: `${approver}: ${fault}` })
}

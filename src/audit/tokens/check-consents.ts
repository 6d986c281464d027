/**
 * Checks the consents that no token carries: of requests denied in the end, expired, or whose token is still alive.
 *
 * In: facts, a way to read an entry again. Out: findings, and how many signatures hold although what exactly they sign
 * cannot be rebuilt: entries once did not name every member of a statement, only a token did. SPEC 5.
 */
import {
  type Consent,
  type ConsentStatement,
  canonicalize,
  isOwnApproval,
  type JsonObject,
} from '@countersign/verifier'
import type { AuditCrypto } from '../crypto.ts'
import type { ConsentFact, Facts, RequestFact } from '../facts/ledger-facts.ts'
import type { FindingCode, Findings } from '../finding.ts'
import { objectOf, readEntry } from '../log/read-entry.ts'
import { challengeIn, faultOfAssertion, passkeyOf, relyingParty } from './check-assertion.ts'
import type { Trusted } from './check-token.ts'
import { type Consented, statementsOf } from './signed-statements.ts'

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
      const consented = await consentedAt(input, request, fact)
      const faults = consented === null ? [UNREADABLE] : check(consented)
      checked++
      if (faults === UNBOUND) unbound++
      else
        for (const [code, detail] of faults)
          input.findings.report({ code, index: fact.index, at: null, subject: id, detail })
    }
  }
  return { checked, unbound }
}

type Fault = readonly [code: FindingCode, detail: string]

const UNREADABLE: Fault = ['consent_signature', 'it cannot be read']
/** The signature holds, over something that old entries do not name in full. */
const UNBOUND: readonly Fault[] = []

function createConsentCheck({ trusted, crypto }: ConsentsInput): (consented: Consented) => readonly Fault[] {
  const passkeys = new Map(trusted.passkeys.map(([kid, key]) => [kid, passkeyOf(key, crypto)]))
  // The ledger names the host of the authority; only a token says with which scheme.
  const issuers = ['https://', 'http://'].map((scheme) => scheme + trusted.origin.replace(/\/log$/, ''))
  const parties = issuers.map((issuer) => ({ issuer, party: relyingParty(issuer, crypto.digest) }))
  return (consented) => {
    const { consent } = consented
    const passkey = passkeys.get(consent.key)
    // A key nobody enrolled was reported with the entry.
    if (passkey === undefined) return []
    let verdict = 'encoding'
    for (const { issuer, party } of parties) {
      const fault = faultOfAssertion(consent, null, passkey, party, crypto)
      if (fault === null) return faultsOfStatement(issuer, consented, trusted, crypto)
      if (fault !== 'origin') verdict = fault
      else if (verdict === 'encoding') verdict = 'origin'
    }
    return [['consent_signature', `${consent.approver}: ${verdict}`]]
  }
}

/** Of a signature that holds: whether it is over what the ledger says was asked, and on true terms. */
function faultsOfStatement(
  issuer: string,
  consented: Consented,
  { runBy }: Trusted,
  crypto: AuditCrypto,
): readonly Fault[] {
  const { approver } = consented.consent
  const { candidates, complete } = statementsOf(issuer, consented)
  const signed = candidates.find((statement) => isSigned(statement, consented.consent, crypto))
  if (signed === undefined) return complete ? [['consent_other_statement', approver]] : UNBOUND
  const agents = runBy.filter(([, person]) => person === approver).map(([agent]) => agent)
  const own = isOwnApproval(signed, { approver, agents })
  return own === signed.separation ? [['separation_untrue', approver]] : []
}

const MAX_BATCH = 16

/** By itself, or as one of a batch, which lists it once: what a verifier refuses, an auditor does not let pass. */
function isSigned(statement: ConsentStatement, consent: Consent, crypto: AuditCrypto): boolean {
  const signed = challengeIn(consent)
  const own = crypto.digest(canonicalize(statement))
  if (consent.batch === undefined) return signed === own
  const listed = consent.batch.filter((digest) => digest === `sha-256:${own}`).length
  if (listed !== 1 || consent.batch.length < 2 || consent.batch.length > MAX_BATCH) return false
  return signed === crypto.digest(canonicalize({ typ: 'countersign/consent-batch/v1', statements: consent.batch }))
}

/** The entries of a consent, read again; null when they hold none. */
async function consentedAt(
  { entryAt }: ConsentsInput,
  request: RequestFact,
  { index }: ConsentFact,
): Promise<Consented | null> {
  const membersAt = async (at: number) => {
    const bytes = await entryAt(at)
    const read = bytes && readEntry(bytes)
    return read && 'entry' in read ? read.entry.members : {}
  }
  const created = await membersAt(request.index)
  const decided = await membersAt(request.decidedIndex)
  const given = await membersAt(index)
  const consent = objectOf(given, 'consent')
  return consent !== undefined && isConsent(consent) ? { created, decided, given, consent } : null
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

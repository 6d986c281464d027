/**
 * Checks the consents that no token carries: those of requests that were denied or expired, or whose token is still
 * valid. Early entries lack members of the signed statement, so it cannot be rebuilt from them. SPEC 5.
 */
import { type ConsentStatement, isOwnApproval, type JsonObject } from '@countersign/verifier'
import { readLoggedConsent } from '@countersign/verifier/authority'
import type { ConsentFact, RequestFact } from '../facts/ledger-facts.ts'
import type { FindingCode } from '../finding.ts'
import type { Trusted } from './check-token.ts'
import { createConsentProof } from './prove-consent.ts'
import { entryOf, partyOfLog, type SignedEntries } from './signed-entries.ts'
import { type Consented, isChallengeOf, reasonOf, statementsOf } from './signed-statements.ts'

export interface CheckedConsents {
  readonly checked: number
  /** The number of these that are valid signatures over a statement that cannot be rebuilt. */
  readonly unbound: number
}

export async function checkConsents(input: SignedEntries): Promise<CheckedConsents> {
  const check = createConsentCheck(input)
  let [checked, unbound] = [0, 0]
  for (const [id, request] of input.facts.requests) {
    for (const fact of request.consents ?? []) {
      if (fact.checked) continue
      const consented = await consentedAt(input, request, fact)
      const people = (request.consents ?? []).map(({ approver }) => approver)
      const faults = consented === null ? [UNREADABLE] : check(consented, people)
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
/** The signature is valid, over a statement that old entries do not name in full. */
const UNBOUND: readonly Fault[] = []

/** `people`: all who consented to the request. */
type ConsentCheck = (consented: Consented, people: readonly string[]) => readonly Fault[]

function createConsentCheck({ trusted, crypto }: SignedEntries): ConsentCheck {
  const proveConsent = createConsentProof(crypto)
  const passkeys = new Map(trusted.passkeys)
  const party = partyOfLog(trusted)
  return (consented, people) => {
    const { consent } = consented
    const passkey = passkeys.get(consent.key)
    // A key that was not enrolled was reported with the entry.
    if (passkey === undefined) return []
    try {
      const { challenge, origin } = proveConsent(consent, passkey, party)
      const { candidates, complete } = statementsOf(String(origin), consented)
      const signed = candidates.find((statement) => isChallengeOf(crypto.digest, challenge, statement, consent))
      if (signed !== undefined) return faultsOfStatement(signed, { consented, people }, trusted)
      return complete ? [['consent_other_statement', consent.approver]] : UNBOUND
    } catch (error) {
      return [['consent_signature', `${consent.approver}: ${reasonOf(error)}`]]
    }
  }
}

/** Compares the signed statement with the ledger's record of the people. */
function faultsOfStatement(
  signed: ConsentStatement,
  { consented, people }: { readonly consented: Consented; readonly people: readonly string[] },
  { runBy }: Trusted,
): readonly Fault[] {
  const { approver } = consented.consent
  const isOwn = (person: string) => {
    const agents = runBy.filter(([, runner]) => runner === person).map(([agent]) => agent)
    return isOwnApproval(signed, { approver: person, agents })
  }
  const holds = signed.separation ? !isOwn(approver) : people.some(isOwn)
  return holds ? [] : [['separation_untrue', approver]]
}

/** The entries of a consent, read again; null when they hold none. */
async function consentedAt(
  input: SignedEntries,
  request: RequestFact,
  { index }: ConsentFact,
): Promise<Consented | null> {
  const { members: created } = await entryOf(input, request.index)
  const { members: decided } = await entryOf(input, request.decidedIndex)
  const { members: given } = await entryOf(input, index)
  const consent = consentOf(given)
  return consent && { created, decided, given, consent }
}

function consentOf(given: JsonObject) {
  try {
    return readLoggedConsent(given['consent'], 'consent')
  } catch {
    return null
  }
}

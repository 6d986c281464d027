/**
 * Rebuilds the statement that an approver signed from the ledger's facts about the request. Early entries lack members
 * of a statement and allow for two. SPEC 5.
 */
import { ApprovalError, type Consent, type ConsentStatement, type Digest, type JsonObject } from '@countersign/verifier'
import { canonicalText, textOfBatch } from '@countersign/verifier/authority'
import type { Digester } from '../crypto.ts'
import { flagOf, numberOf, objectOf, textOf } from '../log/read-entry.ts'

/** The members of the entries that a consent rests on, and the consent as its entry holds it. */
export interface Consented {
  readonly created: JsonObject
  readonly decided: JsonObject
  readonly given: JsonObject
  readonly consent: Consent
}

export interface Statements {
  /** One of them was signed. */
  readonly candidates: readonly ConsentStatement[]
  /** The entries name every member, so there is one candidate. */
  readonly complete: boolean
}

export function statementsOf(iss: string, consented: Consented): Statements {
  const separation = flagOf(consented.given, 'separation')
  const complete = separation !== undefined && objectOf(consented.created, 'act') !== undefined
  const candidates = complete ? [separation] : [true, false]
  return { complete, candidates: candidates.map((said) => statementWith(iss, consented, said)) }
}

/** Where the entries do not say, the agent is its own actor, asks for nobody else and may act once: the usual case. */
function statementWith(iss: string, { created, decided, consent }: Consented, separation: boolean): ConsentStatement {
  const text = (members: JsonObject, name: string) => textOf(members, name) ?? ''
  const agent = text(created, 'agent')
  return {
    typ: 'countersign/consent/v1',
    iss,
    aud: text(created, 'executor'),
    request: text(created, 'request'),
    sub: text(created, 'principal'),
    act: (objectOf(created, 'act') ?? { sub: agent }) as ConsentStatement['act'],
    client_id: textOf(decided, 'client_id') ?? agent,
    action: text(created, 'action') as Digest,
    preview: (textOf(created, 'preview') ?? null) as Digest | null,
    state: (textOf(created, 'state') ?? null) as Digest | null,
    policy: text(decided, 'policy') as Digest,
    quorum: numberOf(decided, 'quorum') ?? 0,
    separation,
    uses: numberOf(decided, 'uses') ?? 1,
    expires: numberOf(created, 'expires') ?? consent.expires,
    approver: consent.approver,
    ...(consent.on_behalf_of === undefined ? {} : { on_behalf_of: consent.on_behalf_of }),
    nonce: consent.nonce,
  }
}

/** Tells whether a passkey that answered `challenge` signed this statement, alone or in the batch of its consent. */
export function isChallengeOf(
  digest: Digester,
  challenge: unknown,
  statement: ConsentStatement,
  { batch }: Pick<Consent, 'batch'>,
): boolean {
  try {
    const own = digest(canonicalText(statement))
    return challenge === (batch ? digest(textOfBatch(batch, `sha-256:${own}`)) : own)
  } catch {
    return false
  }
}

/** The rule that a consent does not keep, in words. */
export const reasonOf = (error: unknown): string =>
  error instanceof ApprovalError && error.cause instanceof Error ? error.cause.message : 'it cannot be read'

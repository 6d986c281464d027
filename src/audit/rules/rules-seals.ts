/**
 * Rules about facts that the log key seals instead of a person's consent: credentials of software, break-glass, and
 * texts that were erased. `check-seals` checks the seals. SPEC 8.1, 10.4, 10.12.
 */
import { canonicalize, type JsonObject, type JsonValue } from '@countersign/verifier'
import type { BreakGlassFact, SealedFact } from '../facts/ledger-facts.ts'
import { numberOf, textOf } from '../log/read-entry.ts'
import type { Case, Rule } from './rule.ts'

interface Row extends Pick<SealedFact, 'code' | 'kind' | 'id'> {
  readonly content: JsonValue
}

const digestOfRow = ({ digest }: Pick<Case, 'digest'>, { kind, id, content }: Row): string =>
  `sha-256:${digest(canonicalize({ kind, id, content }))}`

function noteSealed(one: Case, row: Row, key = row.id): void {
  const { code, kind, id } = row
  const seal = textOf(one.members, 'seal')
  const seals = seal === undefined ? [] : [seal]
  one.facts.sealed.set(`${kind} ${key}`, { code, kind, id, digest: digestOfRow(one, row), index: one.index, seals })
}

// ── credentials of software ────────────────────────────────────────────────

/** A receiver's address and a link: neither calls the authority. */
const CALL_NOTHING = ['webhook', 'invitation']

const credentialRow = (members: JsonObject, kind: string, subject: string): Row => ({
  code: 'credential_unsealed',
  kind: 'credential',
  id: textOf(members, 'credential') ?? '',
  content: { hash: members['hash'] ?? null, kind, subject, expires: members['expires'] ?? null },
})

export function noteCredential(one: Case, kind: string, subject: string): void {
  if (!CALL_NOTHING.includes(kind)) noteSealed(one, credentialRow(one.members, kind, subject))
}

/** The seal of a further key, over the same credential. */
const credentialSealed: Rule = (one) => {
  const { members, facts, report } = one
  const row = credentialRow(members, textOf(members, 'kind') ?? '', textOf(members, 'subject') ?? '')
  const known = facts.sealed.get(`credential ${row.id}`)
  if (known?.digest !== digestOfRow(one, row)) {
    return report('credential_unsealed', row.id, 'the sealed one was never registered')
  }
  known.seals.push(textOf(members, 'seal') ?? '')
}

// ── keys that sign tokens ──────────────────────────────────────────────────

export function noteSigningKey(one: Case, kid: string, jwk: JsonObject): void {
  const { published = null, signs_from: signsFrom = null } = one.members
  const content = { public_key: jwk, published, signs_from: signsFrom, retired: null }
  noteSealed(one, { code: 'signing_key_unsealed', kind: 'signingkey', id: kid, content })
}

/** The seal of a further key, over the same row. */
const sealedAnew: Rule = (one) => {
  const { members, facts } = one
  const known = facts.sealed.get(`${textOf(members, 'kind')} ${textOf(members, 'subject')}`)
  if (known === undefined) return
  const { content = null } = members
  const digest = digestOfRow(one, { ...known, content })
  if (known.digest === digest) known.seals.push(textOf(members, 'seal') ?? '')
}

/** A key of the log, which vouches for what it sealed once another one has taken its place. */
const logKeySealed: Rule = (one) => {
  const vkey = textOf(one.members, 'log_vkey') ?? ''
  noteSealed(one, { code: 'credential_unsealed', kind: 'logkey', id: vkey, content: { log_vkey: vkey } })
}

// ── texts that were erased ─────────────────────────────────────────────────

/** A request can have several. */
export function noteErased(one: Case): void {
  const { order = null, payloads = null, erased = null } = one.members
  const id = textOf(one.members, 'request') ?? ''
  noteSealed(
    one,
    { code: 'erasure_unsealed', kind: 'erased', id, content: { order, payloads, erased } },
    `${one.index}`,
  )
}

// ── break-glass ────────────────────────────────────────────────────────────

const glassOf = ({ members }: Case): string => textOf(members, 'breakglass') ?? ''

const opened: Rule = (one) => {
  const { members, facts } = one
  const id = glassOf(one)
  const { hash = null, opened: openedAt = null, expires = null } = members
  noteSealed(one, {
    code: 'break_glass_unproven',
    kind: 'breakglass',
    id,
    content: { hash, opened: openedAt, expires },
  })
  facts.breakGlass.set(id, {
    openedAt: numberOf(members, 'opened') ?? 0,
    expiresAt: numberOf(members, 'expires') ?? 0,
    approver: null,
    acknowledgedBy: null,
  })
  const admins = [...facts.approvers].filter(([, { isAdmin, removed }]) => isAdmin && !removed)
  facts.glassWitnesses.set(id, new Set(admins.map(([admin]) => admin)))
}

/** A person changed by an approval may not acknowledge an earlier break-glass: the let-in admin may have consented to it. */
export function noteChangedPerson({ facts }: Case, approver: string): void {
  for (const witnesses of facts.glassWitnesses.values()) witnesses.delete(approver)
}

/** The person of an `approver.enrolled` that no admin consented to: one for each that was opened, and in its time. */
export function checkLetIn(one: Case, approver: string): void {
  const glass = one.facts.breakGlass.get(glassOf(one))
  const fault = faultOfLetIn(glass, one.entry.at)
  if (fault !== null) one.report('break_glass_unproven', approver, fault)
  if (glass?.approver === null) glass.approver = approver
}

function faultOfLetIn(glass: BreakGlassFact | undefined, at: number): string | null {
  if (glass === undefined) return 'none was opened'
  if (glass.approver !== null) return 'it let somebody in before'
  if (glass.acknowledgedBy !== null) return 'it was acknowledged before'
  return at > glass.expiresAt ? 'it had ended' : null
}

/** Their first passkey, which the authority seals, since nobody consents to it. */
export function noteLetInKey(one: Case, approver: string, jwk: JsonObject): void {
  if (one.facts.breakGlass.get(glassOf(one))?.approver !== approver) return
  const id = textOf(jwk, 'kid') ?? ''
  noteSealed(one, { code: 'break_glass_unproven', kind: 'passkey', id, content: { approver, be: jwk['be'] ?? null } })
}

const acknowledged: Rule = (one) => {
  const { members, facts, report } = one
  const id = glassOf(one)
  const approver = textOf(members, 'approver') ?? null
  noteSealed(one, { code: 'break_glass_unproven', kind: 'acknowledgement', id, content: { approver } })
  const glass = facts.breakGlass.get(id)
  if (glass === undefined || !mayAcknowledge(one, id, approver)) {
    return report('break_glass_unproven', id, 'it was acknowledged by somebody who may not')
  }
  if (glass.approver === null && one.entry.at < glass.expiresAt) {
    report('break_glass_unproven', id, 'it was acknowledged while it could let somebody in')
  }
  glass.acknowledgedBy = approver ?? 'operator'
}

function mayAcknowledge({ members, facts }: Case, id: string, approver: string | null): boolean {
  if (approver === null) return members['by'] === 'operator'
  const person = facts.approvers.get(approver)
  return person?.isAdmin === true && !person.removed && facts.glassWitnesses.get(id)?.has(approver) === true
}

export const sealRules: Readonly<Record<string, Rule>> = {
  'credential.sealed': credentialSealed,
  'configuration.sealed': sealedAnew,
  'logkey.sealed': logKeySealed,
  'breakglass.opened': opened,
  'breakglass.acknowledged': acknowledged,
}

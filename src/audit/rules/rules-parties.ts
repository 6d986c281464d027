/** Rules about people, passkeys, agents, executors and signing keys. SPEC 3, 10. */
import type { Digest, JsonObject } from '@countersign/verifier'
import type { PartyFact } from '../facts/ledger-facts.ts'
import { registeredText } from '../facts/registered-facts.ts'
import { numberOf, objectOf, textOf } from '../log/read-entry.ts'
import type { Case, Rule } from './rule.ts'
import { checkApproved } from './rules-authority.ts'
import { isByDirectory } from './rules-directories.ts'
import { checkLetIn, noteChangedPerson, noteCredential, noteLetInKey, noteSigningKey } from './rules-seals.ts'

const enrolled: Rule = (one) => {
  const { members, facts, report, entry } = one
  const approver = textOf(members, 'approver') ?? ''
  if (facts.approvers.has(approver)) return report('approver_duplicate', approver)
  if (textOf(members, 'breakglass') === undefined) checkApproved(one, approver)
  else checkLetIn(one, approver)
  const roles = Array.isArray(members['roles']) ? members['roles'].map(String) : []
  const isAdmin = roles.includes('admin')
  const registered = members['bootstrap'] === true && !facts.hasAdmin ? shownTo(one, approver) : null
  facts.approvers.set(approver, { trace: entry.trace, roles, isAdmin, registered, removed: false })
  if (isAdmin) facts.hasAdmin = true
  const jwk = objectOf(members, 'public_key')
  if (jwk !== undefined) addKey(one, approver, jwk)
}

/** The digest that the first admin signed, which must be of exactly what the entries before registered. */
function shownTo({ members, facts, digest, report }: Case, approver: string): Digest {
  const registered = `sha-256:${digest(registeredText(facts.registered))}` as const
  if (members['registered'] !== registered) report('registered_other', approver)
  return registered
}

const changed: Rule = (one) => {
  const id = textOf(one.members, 'approver') ?? ''
  checkApproved(one, id)
  noteChangedPerson(one, id)
  const known = one.facts.approvers.get(id)
  const { roles } = one.members
  if (known === undefined || !Array.isArray(roles)) return
  const now = roles.map(String)
  one.facts.approvers.set(id, { ...known, roles: now, isAdmin: now.includes('admin') })
}

/** It makes things safer, so it needs no approval. */
const suspended: Rule = ({ members, facts }) => {
  const approver = facts.approvers.get(textOf(members, 'approver') ?? '')
  if (approver !== undefined) approver.removed = true
}

const restored: Rule = (one) => {
  const id = textOf(one.members, 'approver') ?? ''
  checkApproved(one, id)
  noteChangedPerson(one, id)
  const approver = one.facts.approvers.get(id)
  if (approver !== undefined) approver.removed = false
}

/** The passkey that follows in the same trace is the new one. */
const recovered: Rule = (one) => {
  const id = textOf(one.members, 'approver') ?? ''
  noteChangedPerson(one, id)
  if (checkApproved(one, id)) one.facts.recoveries.add(one.entry.trace)
}

/** The agents that the person ran are changed by the same approval. */
const removed: Rule = (one) => {
  const { members, facts, entry } = one
  const id = textOf(members, 'approver') ?? ''
  const approver = facts.approvers.get(id)
  if (approver !== undefined) approver.removed = true
  if (isByDirectory(one) || checkApproved(one, id)) facts.removals.add(entry.trace)
}

/** The operator's own credential is a file in the authority's data directory, renewed at start. A link gives no right. */
const NEEDS_NO_APPROVAL = ['operator', 'invitation']

const credentialAdded: Rule = (one) => {
  const { members, facts, report, entry } = one
  const jwk = objectOf(members, 'public_key')
  if (jwk === undefined) {
    const kind = textOf(members, 'kind') ?? ''
    if (!NEEDS_NO_APPROVAL.includes(kind)) checkApproved(one, textOf(members, 'credential') ?? '')
    return noteCredential(one, kind, textOf(members, 'subject') ?? '')
  }
  const approver = textOf(members, 'approver') ?? ''
  const authority = facts.keys.get(textOf(members, 'authorised_by') ?? '')
  const isFirst = facts.approvers.get(approver)?.trace === entry.trace || facts.recoveries.has(entry.trace)
  const isOwnKey = authority?.approver === approver && !authority.revoked
  if (!isFirst && !isOwnKey) report('key_without_authority', textOf(jwk, 'kid') ?? approver)
  noteLetInKey(one, approver, jwk)
  addKey(one, approver, jwk)
}

function addKey({ facts, report, index }: Case, approver: string, jwk: JsonObject): void {
  const kid = textOf(jwk, 'kid') ?? ''
  // One passkey under two names would let one person count twice.
  if (facts.keys.has(kid)) report('key_duplicate', kid, approver)
  else facts.keys.set(kid, { index, approver, jwk, roles: facts.approvers.get(approver)?.roles ?? [], revoked: false })
}

const credentialRevoked: Rule = ({ members, facts }) => {
  const key = facts.keys.get(textOf(members, 'key') ?? '')
  if (key !== undefined) key.revoked = true
}

const adding =
  (parties: 'agents' | 'executors', name: 'agent' | 'executor'): Rule =>
  (one) => {
    const id = textOf(one.members, name) ?? ''
    checkApproved(one, id)
    const party: PartyFact = { index: one.index, removed: false, runBy: textOf(one.members, 'run_by') }
    one.facts[parties].set(id, party)
    noteCredential(one, name, id)
  }

const removing =
  (parties: 'agents' | 'executors', name: 'agent' | 'executor'): Rule =>
  ({ members, facts }) => {
    const party = facts[parties].get(textOf(members, name) ?? '')
    // An entry with a name removed only that action from the catalogue.
    if (party !== undefined && textOf(members, 'name') === undefined) party.removed = true
  }

/** A changed agent: the person who runs it approves for themselves. The removal of that person can name another. */
const agentChanged: Rule = (one) => {
  const id = textOf(one.members, 'agent') ?? ''
  const isInherited = textOf(one.members, 'cause') === 'approver.removed' && one.facts.removals.has(one.entry.trace)
  if (!isInherited) checkApproved(one, id)
  const known = one.facts.agents.get(id)
  if (known !== undefined) one.facts.agents.set(id, { ...known, runBy: textOf(one.members, 'run_by') })
}

const executorChanged: Rule = (one) => void checkApproved(one, textOf(one.members, 'executor') ?? '')

/** The members as they are from this entry on, if it was approved. */
const groupChanged: Rule = (one) => {
  const { members, facts } = one
  const group = textOf(members, 'group') ?? ''
  if (!checkApproved(one, group)) return
  const listed = members['members']
  const before = facts.groups.get(group)?.members ?? new Set()
  const now = new Set(Array.isArray(listed) ? listed.map(String) : [])
  facts.groups.set(group, { members: now, before, changedAt: one.entry.at })
}

/**
 * The first key needs no approval before there is an admin. A key from the configuration never does, since its writer
 * holds the private key; its entry says so.
 */
const rotated: Rule = (one) => {
  const { members, facts, entry } = one
  const vkey = textOf(members, 'log_vkey')
  if (vkey !== undefined) {
    if (checkApproved(one, vkey)) facts.logKeys.push(vkey)
    return
  }
  const jwk = objectOf(members, 'public_key')
  const kid = textOf(members, 'key') ?? ''
  if (facts.hasAdmin && members['configured'] !== true) checkApproved(one, kid)
  if (jwk === undefined || facts.signingKeys.has(kid)) return
  noteSigningKey(one, kid, jwk)
  facts.signingKeys.set(kid, { jwk, signsFrom: numberOf(members, 'signs_from') ?? entry.at })
}

export const partyRules: Readonly<Record<string, Rule>> = {
  'approver.enrolled': enrolled,
  'approver.changed': changed,
  'approver.suspended': suspended,
  'approver.recovered': recovered,
  'approver.restored': restored,
  'approver.removed': removed,
  'credential.added': credentialAdded,
  'credential.revoked': credentialRevoked,
  'agent.added': adding('agents', 'agent'),
  'agent.changed': agentChanged,
  'agent.removed': removing('agents', 'agent'),
  'executor.added': adding('executors', 'executor'),
  'executor.changed': executorChanged,
  'executor.removed': removing('executors', 'executor'),
  'group.added': groupChanged,
  'group.changed': groupChanged,
  'group.removed': groupChanged,
  'key.rotated': rotated,
}

/** Rules about requests, decisions and consents. SPEC 2, 8. */
import type { JsonObject } from '@countersign/verifier'
import { printOf, type RequestFact } from '../facts/ledger-facts.ts'
import { flagOf, numberOf, objectOf, textOf } from '../log/read-entry.ts'
import { askedIn, isByAsked } from './asked-people.ts'
import { checkChanged, checkChanger, noteChange } from './changed-requests.ts'
import { type Case, checkParties, type Rule, requestOf } from './rule.ts'
import { checkNotKilled } from './rules-authority.ts'

const text = (members: JsonObject, name: string): string => textOf(members, name) ?? ''

const created: Rule = (one) => {
  const { members, facts, report, entry, index } = one
  const id = text(members, 'request')
  if (facts.requests.has(id)) return report('request_duplicate', id)
  if (entry.trace !== traceOf(id)) report('trace_mismatch', id)
  const [agent, executor] = [text(members, 'agent'), text(members, 'executor')]
  checkParties(one, { agent, executor, index })
  const { shared } = facts
  const request: RequestFact = {
    index,
    agent: shared(agent),
    others: behind(objectOf(objectOf(members, 'act') ?? {}, 'act'), shared),
    executor: shared(executor),
    principal: shared(text(members, 'principal')),
    name: shared(text(members, 'name')),
    action: text(members, 'action'),
    state: textOf(members, 'state'),
    decision: null,
    decidedIndex: 0,
    deviceBound: false,
    selfApproval: undefined,
    quorum: 0,
    asked: undefined,
    policy: '',
    endedBy: null,
    token: null,
    redemptions: 0,
    consents: undefined,
  }
  facts.requests.set(id, request)
  checkChanged(one, id, request)
  if (flagOf(members, 'series') === true) facts.grants.set(id, { uses: 0, redeemed: 0 })
}

/** The agents further down a chain; undefined nearly always. */
function behind(chain: JsonObject | undefined, shared: (name: string) => string): string[] | undefined {
  const names: string[] = []
  for (let link = chain; link !== undefined; link = objectOf(link, 'act')) names.push(shared(text(link, 'sub')))
  return names.length === 0 ? undefined : names
}

const decided: Rule = (one) => {
  const request = requestOf(one)
  if (request === undefined) return
  const { members, report } = one
  if (request.decision !== null) report('request_duplicate', text(members, 'request'), 'decided before')
  const decision = textOf(members, 'decision')
  request.decision = decision === 'allow' || decision === 'approval' ? decision : 'deny'
  request.decidedIndex = one.index
  request.quorum = numberOf(members, 'quorum') ?? 0
  request.asked = askedIn(one)
  request.selfApproval = flagOf(members, 'self_approval')
  request.deviceBound = flagOf(members, 'device_bound') === true
  request.policy = one.facts.shared(text(members, 'policy'))
  const actor = textOf(members, 'client_id') ?? request.agent
  if (actor !== request.agent) request.others = [...(request.others ?? []), one.facts.shared(actor)]
  if (request.decision === 'deny') request.endedBy = 'request.decided'
  else checkNotKilled(one, text(members, 'request'))
  const { quorum } = request
  const fits = request.decision === 'approval' ? quorum >= 1 && quorum <= MAX_QUORUM : quorum === 0
  noteGrant(one, text(members, 'request'))
  if (!fits) report('decision_terms', text(members, 'request'), `${request.decision} by ${quorum} people`)
}

/** A grant, or a call under one, which has to be of the same agent, executor and principal, and of an action of that name. */
function noteGrant({ members, facts, report }: Case, id: string): void {
  const grant = facts.grants.get(id)
  if (grant) grant.uses = numberOf(members, 'uses') ?? 0
  const under = textOf(members, 'grant')
  if (under === undefined) return
  facts.underGrant.set(id, under)
  const [call, series] = [facts.requests.get(id), facts.requests.get(under)]
  const same = (['agent', 'executor', 'principal', 'name'] as const).every(
    (member) => call?.[member] === series?.[member],
  )
  if (!facts.grants.has(under) || !same) report('grant_missing', id, under)
}

const MAX_QUORUM = 8

const ended: Rule = (one) => {
  const request = requestOf(one)
  if (request === undefined) return
  const id = text(one.members, 'request')
  if (request.endedBy !== null) one.report('request_ended_twice', id, `${request.endedBy} came before`)
  request.endedBy ??= one.entry.type
}

const consented: Rule = (one) => {
  const request = requestOf(one)
  const consent = objectOf(one.members, 'consent')
  if (consent === undefined) return one.report('entry_malformed', text(one.members, 'request'), 'consent')
  if (request === undefined) return
  checkChanger(one, text(one.members, 'request'), request, text(consent, 'approver'))
  const counts = isSound(one, request, consent)
  const { shared } = one.facts
  request.consents ??= []
  request.consents.push({
    index: one.index,
    approver: shared(text(consent, 'approver')),
    onBehalfOf: textOf(consent, 'on_behalf_of'),
    key: shared(text(consent, 'key')),
    print: printOf(one.digest, consent),
    separation: flagOf(one.members, 'separation'),
    counts,
    voided: false,
    checked: false,
  })
}

/** A consent whose passkey or person lost their right before its token was issued. */
const voided: Rule = (one) => {
  const request = requestOf(one)
  const approver = text(one.members, 'approver')
  for (const consent of request?.consents ?? []) if (consent.approver === approver) consent.voided = true
}

/** True when the consent counts; each reason against it is reported. Its signature is checked later. */
function isSound(one: Case, request: RequestFact, consent: JsonObject): boolean {
  const { members, facts, report } = one
  const id = text(members, 'request')
  const [approver, nonce] = [text(consent, 'approver'), text(consent, 'nonce')]
  const counted = (request.consents ?? []).filter(({ key, voided }) => !voided && facts.keys.get(key)?.revoked !== true)
  let sound = isKeyOf(one, approver, text(consent, 'key'))
  const fault = (...finding: Parameters<Case['report']>): void => {
    sound = false
    report(...finding)
  }
  if (request.decision !== 'approval') fault('decision_missing', id, 'no consent was asked for')
  if (request.endedBy !== null) fault('consent_after_end', id, request.endedBy)
  if (approver !== text(members, 'approver')) fault('consent_other_statement', id, 'it names another approver')
  if (counted.some((other) => other.approver === approver)) fault('consent_duplicate', id, approver)
  const separation = flagOf(members, 'separation')
  if (separation === false && request.selfApproval === false) fault('consent_own', id, approver)
  const mixed = separation !== undefined && counted.some((other) => other.separation === !separation)
  if (mixed) fault('consent_mixed', id, approver)
  if (request.deviceBound && facts.keys.get(text(consent, 'key'))?.jwk['be'] !== false)
    fault('consent_synced', id, approver)
  const onBehalfOf = textOf(consent, 'on_behalf_of')
  if (!isByAsked(one, request, { approver, onBehalfOf }, counted)) sound = false
  if (facts.nonces.has(nonce)) fault('consent_replayed', id, nonce)
  facts.nonces.add(nonce)
  return sound
}

function isKeyOf({ facts, report, members }: Case, approver: string, kid: string): boolean {
  const key = facts.keys.get(kid)
  const id = text(members, 'request')
  if (key === undefined || key.approver !== approver) {
    report('consent_key_unknown', id, `${kid} of ${approver}`)
    return false
  }
  if (!key.revoked && facts.approvers.get(approver)?.removed !== true) return true
  report('consent_key_revoked', id, `${kid} of ${approver}`)
  return false
}

/** The trace of a request: its 128 bits, in hex. Empty for what is no id. */
export function traceOf(id: string): string {
  if (!/^[\w-]{22}$/.test(id)) return ''
  let hex = ''
  let bits = 0
  let held = 0
  for (let at = 0; at < id.length && hex.length < 32; at++) {
    held = ((held << 6) | ALPHABET.indexOf(id[at] ?? '')) & 0xffff
    bits += 6
    for (; bits >= 4 && hex.length < 32; bits -= 4) hex += ((held >> (bits - 4)) & 15).toString(16)
  }
  return hex
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** A call that policy allowed without a token: it has no request, and needs its parties and no switch against it. */
const callAllowed: Rule = (one) => {
  const { members, index } = one
  const [agent, executor] = [text(members, 'agent'), text(members, 'executor')]
  checkParties(one, { agent, executor, index })
  checkNotKilled(one, text(members, 'name'))
}

export const requestRules: Readonly<Record<string, Rule>> = {
  'call.allowed': callAllowed,
  'request.created': created,
  'request.decided': decided,
  'request.expired': ended,
  'request.withdrawn': ended,
  'request.changed': (one) => {
    noteChange(one)
    ended(one)
  },
  'consent.given': consented,
  'consent.denied': ended,
  'consent.voided': voided,
}

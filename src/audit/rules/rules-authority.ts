/** Rules about changes to the authority itself, and about kill switches. SPEC 9, 10. */
import type { JsonObject, Selector } from '@countersign/verifier'
import { parseSelector, selects } from '@countersign/verifier/authority'
import type { RequestFact } from '../facts/ledger-facts.ts'
import { objectOf, textOf } from '../log/read-entry.ts'
import type { Case, Rule } from './rule.ts'

/** By entry type: the prefix of the actions that make such a change. */
const FAMILIES: Readonly<Record<string, string>> = {
  'agent.added': 'countersign.agent.add',
  'agent.changed': 'countersign.agent.update',
  'executor.added': 'countersign.executor.add',
  'executor.changed': 'countersign.executor.update',
  'credential.added': 'countersign.credential.',
  'group.added': 'countersign.group.add',
  'group.changed': 'countersign.group.update',
  'group.removed': 'countersign.group.remove',
  'directory.added': 'countersign.directory.add',
  'directory.changed': 'countersign.directory.update',
  'approver.enrolled': 'countersign.approver.enrol',
  'approver.changed': 'countersign.approver.update',
  'approver.recovered': 'countersign.approver.recover',
  'approver.restored': 'countersign.approver.restore',
  'approver.removed': 'countersign.approver.remove',
  'policy.changed': 'countersign.policy.',
  'key.rotated': 'countersign.key.',
  'killswitch.released': 'countersign.killswitch.',
  'erasure.ordered': 'countersign.payload.',
}

/** The same for a kind of credential that is no party's own. */
const CREDENTIALS: ReadonlyMap<string, string> = new Map([['webhook', 'countersign.webhook.']])

/**
 * True when a change to the authority follows a token for such a change, which admins consented to and which was spent
 * on this one; before there is an admin, the entry says `bootstrap`. Reports the fault otherwise.
 */
export function checkApproved(one: Case, subject: string): boolean {
  const { members, facts, report } = one
  if (members['bootstrap'] === true) {
    if (facts.hasAdmin) report('bootstrap_after_admin', subject)
    return !facts.hasAdmin
  }
  const fault = faultOfChange(one)
  if (fault !== null) report('change_without_approval', subject, fault)
  return fault === null
}

function faultOfChange(one: Case): string | null {
  const { entry, members, facts, isAuthority } = one
  const id = textOf(members, 'request') ?? ''
  const request = facts.requests.get(id)
  if (request === undefined || request.redemptions === 0) return 'it was not approved, or its approval was not spent'
  if (!isAuthority(request.executor)) return `${request.executor} is not the authority`
  const family =
    (entry.type === 'credential.added' && CREDENTIALS.get(textOf(members, 'kind') ?? '')) || FAMILIES[entry.type]
  if (!request.name.startsWith(family ?? '')) return `approved was ${request.name}`
  if (!isByAdmins(one, request)) return 'no admin consented to it'
  const spent = `${id} ${entry.type}`
  if (facts.changes.has(spent)) return 'its approval was spent on another change'
  facts.changes.add(spent)
  return null
}

function isByAdmins({ facts }: Case, { consents = [], quorum }: RequestFact): boolean {
  const admins = consents.filter(
    ({ counts, voided, approver }) => counts && !voided && facts.approvers.get(approver)?.isAdmin,
  )
  return new Set(admins.map(({ approver }) => approver)).size >= Math.max(1, quorum)
}

const erasureOrdered: Rule = (one) => void checkApproved(one, textOf(one.members, 'order') ?? '')

const policyChanged: Rule = (one) => void checkApproved(one, textOf(one.members, 'policy') ?? '')

// ── kill switches ──────────────────────────────────────────────────────────

/** Engaging needs no approval: it makes things safer. */
const engaged: Rule = ({ members, facts, entry, report }) => {
  const id = textOf(members, 'killswitch') ?? ''
  const selector = selectorOf(members)
  if (selector === null) return report('entry_malformed', id, 'selector')
  if (facts.switches.has(id)) return report('killswitch_duplicate', id)
  facts.switches.set(id, { selector, engagedAt: entry.at })
}

/** One approval can release several. */
const released: Rule = (one) => {
  const { killswitches } = one.members
  const ids = Array.isArray(killswitches) ? killswitches.map(String) : [textOf(one.members, 'killswitch') ?? '']
  checkApproved(one, ids.join(' '))
  for (const id of ids) if (!one.facts.switches.delete(id)) one.report('killswitch_unknown', id)
}

function selectorOf(members: JsonObject): Selector | null {
  try {
    return parseSelector(objectOf(members, 'selector'))
  } catch {
    return null
  }
}

/**
 * Reports an act that a kill switch had stopped. In the second of the engagement both may be true: concurrent
 * transactions have no other order. The authority's own actions lie outside every selector.
 */
export function checkNotKilled({ members, facts, entry, isAuthority, report }: Case, subject: string): void {
  if (facts.switches.size === 0) return
  const executor = textOf(members, 'executor')
  if (isAuthority(executor ?? '')) return
  const named = (name: string) => textOf(members, name)
  const call = {
    agents: [named('agent') ?? '', ...(facts.requests.get(named('request') ?? '')?.others ?? [])],
    principal: named('principal'),
    executor,
    action: named('name'),
    request: named('request'),
    trace: entry.trace,
  }
  for (const [id, { selector, engagedAt }] of facts.switches) {
    if (entry.at > engagedAt && selects(selector, call)) report('killswitch_ignored', subject, `kill switch ${id}`)
  }
}

/** Gives no right and needs no cause; it has to say what it is about. */
function naming(...names: readonly string[]): Rule {
  return ({ members, report }) => {
    for (const name of names) if (textOf(members, name) === undefined) report('entry_malformed', '', name)
  }
}

export const authorityRules: Readonly<Record<string, Rule>> = {
  'policy.changed': policyChanged,
  'killswitch.engaged': engaged,
  'killswitch.released': released,
  'erasure.ordered': erasureOrdered,
  // The proof of the configuration checks the signature of a session.
  'session.opened': () => {},
  'session.ended': () => {},
  'observation.started': naming('observation', 'policy'),
  'observation.ended': naming('observation', 'policy'),
  // The authority refused a row that nobody had consented to: its own finding, not one about the log.
  'configuration.refused': naming('kind', 'subject'),
}

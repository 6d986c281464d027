/**
 * Examines a draft before anybody is asked to publish it: whether it allows anything unasked, locks every admin out,
 * contradicts itself, or asks people who do not exist. Each fault has its own words. SPEC 11.
 */
import { OPERATOR_AGENT, ownAgent, PAGES_AGENT } from '../../identity/own-agents.ts'
import type { Agent, Executor } from '../../identity/parties.ts'
import { similarName } from '../../identity/similar-name.ts'
import { type Member, unfillable } from '../quorum.ts'
import type { DraftCase, DraftDecision, DraftJob } from './draft-job.ts'
import type { PolicyOutline } from './policy-outline.ts'

/** The people and groups that a draft can ask. */
export interface Askable {
  readonly people: readonly Member[]
  readonly groups: readonly string[]
}

const PROBE = 'countersign:probe'

/** An executor and an agent that no policy knows, with the right to ask it. */
const EXECUTOR: Executor = {
  audience: PROBE,
  title: 'Probe',
  catalogue: [{ name: 'countersign-probe', effect: 'destructive', reversible: false }],
  challengeKeys: [],
  version: 1,
  createdAt: 0,
  revokedAt: null,
}
const AGENT: Agent = { ...ownAgent('countersign-probe', 'countersign-probe'), executors: [PROBE] }

/** The change that has to stay possible under every policy. */
const PUBLISH = 'countersign.policy.publish'

const MAX_ADMINS = 8

/** Calls that show what a draft does: one by a stranger first, then one for each who could publish the next policy. */
export function probesOf(
  own: Executor,
  { people }: Askable,
  now: number,
): Pick<DraftJob, 'agents' | 'executors' | 'cases'> {
  const admins = people.filter(({ groups }) => groups.includes('admin')).slice(0, MAX_ADMINS)
  const agents = [AGENT, ownAgent(OPERATOR_AGENT, OPERATOR_AGENT), ...admins.map(({ id }) => ownAgent(PAGES_AGENT, id))]
  const context = { actors: [], preview: null, state: null, session: null, now }
  const call = { ...context, arguments: {}, people: Math.max(2, people.length) }
  const cases = agents.map(
    ({ principals: [principal = ''] }, at): DraftCase =>
      at === 0
        ? { ...call, principal, agent: at, executor: 0, name: 'countersign-probe', resource: PROBE }
        : { ...call, principal, agent: at, executor: 1, name: PUBLISH, resource: 'policy', people: people.length },
  )
  return { agents, executors: [EXECUTOR, own], cases }
}

/** A sentence with what to do next, and the policy that it is about, where it is one. */
export interface DraftFault {
  readonly words: string
  readonly policy: PolicyOutline | null
}

/** The first fault; null where there is none. */
export function faultOf(
  policies: readonly PolicyOutline[],
  decisions: readonly (DraftDecision | null)[],
  askable: Askable,
): DraftFault | null {
  const [stranger, ...publishers] = decisions.flatMap((decision) => decision ?? [])
  return (
    allowsEverything(policies, stranger) ??
    contradiction(policies) ??
    about(null, locksOut(publishers, askable)) ??
    policies.reduce<DraftFault | null>((fault, policy) => fault ?? about(policy, asksNobody(policy, askable)), null)
  )
}

const about = (policy: PolicyOutline | null, words: string | null): DraftFault | null =>
  words === null ? null : { words, policy }

const quoted = (ids: readonly string[]): string => ids.map((id) => `“${id}”`).join(', ')

function allowsEverything(policies: readonly PolicyOutline[], decision: DraftDecision | undefined): DraftFault | null {
  if (decision?.effect !== 'allow') return null
  const policy = policies.find(({ id }) => decision.policies.includes(id)) ?? null
  const words = `It allows everything: ${quoted(decision.policies)} lets any agent destroy anything, and nobody is asked. Add @approvers, or a condition.`
  return { words, policy }
}

function locksOut(publishers: readonly DraftDecision[], { people }: Askable): string | null {
  const open = publishers.filter(({ effect }) => effect !== 'deny')
  if (open.length === 0)
    return `It locks every admin out: nobody could publish a policy again. ${publishers[0]?.reason ?? ''} Restrict it to \`resource is Resource\`.`
  const faults = open.map(({ groups, quorum }) => unfillable({ approvers: [{ groups, count: quorum }] }, people))
  return faults.includes(null)
    ? null
    : `It locks every admin out: nobody could consent to another policy. ${faults[0] ?? ''}`.trim()
}

/** A permit that a forbid without conditions always overrules, or two that no token could serve together. */
function contradiction(policies: readonly PolicyOutline[]): DraftFault | null {
  const whole = policies.filter(({ unconditional }) => unconditional)
  const forbids = whole.filter(({ effect }) => effect === 'forbid')
  const ofActors = whole.filter(({ actor }) => actor !== null)
  for (const permit of policies.filter(({ effect }) => effect === 'permit')) {
    const forbid = forbids.find((other) => includes(other, permit))
    if (forbid)
      return about(
        permit,
        `It contradicts itself: “${permit.id}” never permits anything, since “${forbid.id}” forbids all of it. Remove one of them.`,
      )
    if (!permit.unconditional || permit.actor === null) continue
    const other = ofActors.find((one) => one.actor !== permit.actor && (includes(one, permit) || includes(permit, one)))
    if (other)
      return about(
        permit,
        `It contradicts itself: “${permit.id}” and “${other.id}” name different actors for the same calls. Name one.`,
      )
  }
  return null
}

const includes = (wide: PolicyOutline, narrow: PolicyOutline): boolean =>
  wide.actions === null || (narrow.actions?.every((action) => wide.actions?.includes(action)) ?? false)

function asksNobody({ id, asks, readsPeople }: PolicyOutline, { people, groups }: Askable): string | null {
  const known = ['approver', 'admin', ...groups]
  const unknown = asks.flatMap((requirement) => requirement.groups).find((group) => !known.includes(group))
  if (unknown !== undefined) {
    const near = similarName(
      unknown,
      known.map((name) => ({ name })),
    )
    return `Policy “${id}” asks the group “${unknown}”, which does not exist. ${near ? `Write “${near.name}”, or add it first.` : 'Add it first.'}`
  }
  if (asks.length === 0) return null
  // A rule that reads how many people there are is meant for other times, too; that one of its groups is empty is no such time.
  const approvers = readsPeople ? asks.map((requirement) => ({ ...requirement, count: 1 })) : asks
  const fault = unfillable({ approvers }, people)
  return fault === null ? null : `Policy “${id}” asks more people than there are. ${fault}`
}

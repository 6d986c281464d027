/** Tries one call against a draft, beside the policy in force. Asks nobody and changes nothing. SPEC 11.4. */
import { newSalt, parseAction } from '@countersign/verifier'
import type { Problem } from '../../domain/policy/cedar/split-policies.ts'
import { draftDecision } from '../../domain/policy/drafts/draft-desk.ts'
import type { DraftDecision } from '../../domain/policy/drafts/draft-job.ts'
import { rulesFor } from '../../domain/policy/drafts/draft-rules.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'
import { type AskedCall, askPolicy, type PolicyNeeds } from '../policy/ask-policy.ts'
import { unfitInWords } from '../policy/unfit-arguments.ts'
import { parsing } from '../refusals.ts'
import { admitDrafter, askDraft, type Drafter, type DraftNeeds } from './draft-needs.ts'

export interface TriedCall {
  readonly agent: string
  readonly audience: string
  readonly name: string
  readonly resource: string
  readonly arguments?: Readonly<Record<string, unknown>> | undefined
  readonly principal?: string | undefined
  /** The proven links of the chain behind the agent. */
  readonly actors?: readonly string[] | undefined
}

export interface TriedDraft {
  readonly inForce: DraftDecision
  readonly draft: DraftDecision | null
  readonly problems: readonly Problem[]
}

type Needs = DraftNeeds & PolicyNeeds & Uses<Pick<CallerStore, 'agent' | 'executor'> & PeopleStore, 'now'>

/** Refuses: `rate_limited`, `forbidden`, `not_found`, `invalid_request`. */
export async function tryDraft(
  needs: Needs,
  by: Drafter,
  { text, call }: { readonly text: string; readonly call: TriedCall },
): Promise<Result<TriedDraft>> {
  const drafts = await admitDrafter(needs, by)
  if (!drafts.ok) return drafts
  const asked = await parsing(() => askedCall(needs, call))
  if (!asked.ok) return asked
  const { agent, executor, ...rest } = asked.value
  const { store } = needs
  const [people, session] = await Promise.all([
    store.countPeople(),
    store.agentSessionAt({ agent: agent.id, at: rest.now }),
  ])
  const one = { ...rest, agent: 0, executor: 0, people, session: session ?? null }
  const rules = await rulesFor(text, needs.config)
  const answer = await askDraft(drafts.value, { text, rules, agents: [agent], executors: [executor], cases: [one] })
  if (!answer.ok) return answer
  const inForce = draftDecision(await askPolicy(needs, asked.value))
  const { value } = answer
  return ok(
    'problems' in value
      ? { inForce, draft: null, ...value }
      : { inForce, draft: value.decisions[0] ?? null, problems: [] },
  )
}

/** Throws `ApprovalError` for an action that is malformed. */
async function askedCall({ store, now }: Needs, call: TriedCall): Promise<Result<AskedCall>> {
  const [agent, executor] = await Promise.all([store.agent(call.agent), store.executor(call.audience)])
  if (!agent) return refuse('not_found', `There is no agent ${call.agent}.`)
  if (!executor) return refuse('not_found', `There is no executor ${call.audience}.`)
  const { name, resource, arguments: args = {} } = call
  const action = parseAction({ name, resource, arguments: args, salt: newSalt() })
  const unfit = unfitInWords(executor, action)
  if (unfit !== null) return refuse('invalid_request', `Refused before any policy is asked: ${unfit}`)
  return ok({
    agent,
    actors: call.actors ?? [],
    executor,
    principal: call.principal ?? agent.principals[0] ?? agent.id,
    name: action.name,
    resource: action.resource,
    arguments: action.arguments,
    preview: null,
    state: null,
    now: now(),
  })
}

/** Surveys an agent: the worst that it could do today, by the policy in force. Asks nobody. SPEC 11.7. */
import type { ReachedAction } from '../../domain/policy/cedar/reach.ts'
import { rulesFor } from '../../domain/policy/drafts/draft-rules.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { PolicyStore } from '../../store/contract/policy-store.ts'
import type { Uses } from '../deps.ts'
import { admitDrafter, askDraft, type Drafter, type DraftNeeds } from './draft-needs.ts'
import { firstDraft } from './first-draft.ts'

export interface SurveyedExecutor {
  readonly audience: string
  readonly title: string
  readonly actions: readonly (ReachedAction & { readonly effect: string; readonly reversible: boolean | null })[]
}

export interface SurveyedAgent {
  readonly agent: string
  /** Its proposals per minute and process. */
  readonly perMinute: number
  /** Whether the person who runs it has left: it can ask for nothing then. */
  readonly isOwnerGone: boolean
  readonly executors: readonly SurveyedExecutor[]
}

type Needs = DraftNeeds & Uses<Pick<CallerStore, 'agent' | 'listExecutors'> & PeopleStore & PolicyStore>

const OUTSIDE = 'An outside engine decides here, and only it knows what it would permit. Ask its operator.'
const UNREADABLE = 'The policy in force does not compile, so nothing is permitted. Ask the operator of this authority.'

/** By no policy: nobody is asked for an agent whose owner has left. */
const NOTHING = { worst: 'never', policies: [], isConditional: false } as const

/** Refuses: `rate_limited`, `forbidden`, `not_found`. */
export async function surveyAgent(needs: Needs, by: Drafter, id: string): Promise<Result<SurveyedAgent>> {
  const { store, config } = needs
  const drafts = await admitDrafter(needs, by)
  if (!drafts.ok) return drafts
  if (config.engine !== null) return refuse('forbidden', OUTSIDE)
  const agent = await store.agent(id)
  if (!agent || agent.revokedAt !== null) return refuse('not_found', `There is no agent ${id}.`, { status: 404 })
  const all = await store.listExecutors()
  const executors = all.filter(({ audience, revokedAt }) => audience !== config.origin && revokedAt === null)
  const owner = agent.runBy === null ? null : await store.leaverBehind({ agent: id, principal: agent.runBy })
  const [text, people] = await Promise.all([firstDraft(needs), store.countPeople()])
  const rules = await rulesFor(text, config)
  const answer = await askDraft(drafts.value, {
    text,
    rules,
    agents: [agent],
    executors,
    cases: [],
    survey: { people },
  })
  if (!answer.ok) return answer
  if ('problems' in answer.value) return refuse('forbidden', UNREADABLE)
  const { reach } = answer.value
  return ok({
    agent: id,
    perMinute: config.agentRequestsPerMinute,
    isOwnerGone: owner !== null,
    executors: executors.map(({ audience, title, catalogue }, at) => ({
      audience,
      title,
      actions: (reach[at] ?? []).map((action, of) => ({
        ...action,
        ...(owner === null ? {} : NOTHING),
        effect: catalogue[of]?.effect ?? 'destructive',
        reversible: catalogue[of]?.reversible ?? null,
      })),
    })),
  })
}

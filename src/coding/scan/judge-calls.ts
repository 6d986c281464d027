/**
 * What a policy would have decided on past calls of coding agents, and how often a person would have been asked. The calls
 * count as those of one agent of a person who works alone.
 */
import type { CodingClient, ToolCall } from '../../domain/coding/coding-call.ts'
import { actionOf, shownArguments, WORKSTATION, type WorkstationAction } from '../../domain/coding/workstation.ts'
import type { Agent, Executor } from '../../domain/identity/parties.ts'
import type { CedarHost } from '../../domain/policy/cedar/engine.ts'
import { GRANT_USES } from '../../domain/policy/decide.ts'
import { createDraftDesk } from '../../domain/policy/drafts/draft-desk.ts'
import type { DraftAnswer, DraftCase, DraftDecision } from '../../domain/policy/drafts/draft-job.ts'
import { problemsInWords, rulesFor } from '../../domain/policy/drafts/draft-rules.ts'

export interface Judged {
  readonly client: CodingClient
  readonly session: string
  readonly at: number | null
  readonly action: WorkstationAction
  readonly decision: DraftDecision
}

export interface ScanFigures {
  readonly calls: number
  readonly sessions: number
  readonly allowed: number
  readonly asked: number
  readonly denied: number
  /** How often a person would have been interrupted where each call is asked for by itself, and where calls of one kind are asked for once. */
  readonly interruptions: number
  readonly interruptionsWithGrants: number
}

const AUTHORITY = 'https://authority.example'
const AUDIENCE = 'https://workstation.example'
const AGENT: Agent = {
  id: 'coding-agent',
  principals: ['you'],
  executors: [AUDIENCE],
  groups: [],
  runBy: null,
  version: 1,
  createdAt: 0,
  revokedAt: null,
}
const EXECUTOR: Executor = {
  audience: AUDIENCE,
  title: 'This machine',
  catalogue: WORKSTATION,
  challengeKeys: [],
  version: 1,
  createdAt: 0,
  revokedAt: null,
}

type Verdict = { readonly ok: true; readonly value: readonly Judged[] } | { readonly ok: false; readonly words: string }

/** Fails with words where the policy does not compile. */
export async function judgeCalls(
  host: CedarHost,
  text: string,
  calls: readonly ToolCall[],
  now: number,
): Promise<Verdict> {
  const actions = calls.map(actionOf)
  const answer = await createDraftDesk(host)({
    text,
    rules: await rulesFor(text, { origin: AUTHORITY, tokenTtlSeconds: 120, selfApproval: false }),
    agents: [AGENT],
    executors: [EXECUTOR],
    cases: actions.map((action, at) => caseOf(action, calls[at]?.at ?? now)),
  })
  if (answer.kind === 'answered') return { ok: true, value: judgedBy(answer, calls, actions) }
  return { ok: false, words: answer.kind === 'faulty' ? problemsInWords(answer.problems) : answer.words }
}

const caseOf = ({ name, resource, arguments: args }: WorkstationAction, now: number): DraftCase => ({
  agent: 0,
  executor: 0,
  actors: [],
  principal: 'you',
  name,
  resource,
  arguments: args,
  preview: null,
  state: null,
  people: 1,
  session: null,
  now,
})

type Answered = Extract<DraftAnswer, { readonly kind: 'answered' }>

function judgedBy(
  { decisions }: Answered,
  calls: readonly ToolCall[],
  actions: readonly WorkstationAction[],
): readonly Judged[] {
  return calls.flatMap(({ client, session, at }, place) => {
    const [decision, action] = [decisions[place], actions[place]]
    return decision && action ? [{ client, session, at, action, decision }] : []
  })
}

export function figuresOf(judged: readonly Judged[]): ScanFigures {
  const count = (effect: DraftDecision['effect']) => judged.filter(({ decision }) => decision.effect === effect).length
  return {
    calls: judged.length,
    sessions: new Set(judged.map(({ client, session }) => `${client} ${session}`)).size,
    allowed: count('allow'),
    asked: count('approval'),
    denied: count('deny'),
    interruptions: count('approval'),
    interruptionsWithGrants: interruptionsWithGrants(judged),
  }
}

/** One grant for the files below one folder or for one command repeated, within a session and under the same policies. */
function interruptionsWithGrants(judged: readonly Judged[]): number {
  const uses = new Map<string, number>()
  for (const one of judged) {
    if (one.decision.effect !== 'approval') continue
    const key = grantKeyOf(one)
    uses.set(key, (uses.get(key) ?? 0) + 1)
  }
  return [...uses.values()].reduce((sum, count) => sum + Math.ceil(count / GRANT_USES), 0)
}

function grantKeyOf({ client, session, action, decision }: Judged): string {
  const { name, arguments: args } = action
  const bound = name.startsWith('file.') ? topOf(String(args['path'])) : JSON.stringify(args)
  return JSON.stringify([client, session, name, bound, decision.policies])
}

/** `/home/ada/shop/src/a.ts` and `/home/ada/shop/test/b.ts` are both below `/home/ada/shop`. */
const topOf = (path: string): string => path.split('/').slice(0, 4).join('/')

/** Denied ones first, then those about which most people or most policies are asked. Equal calls stand once. */
export function worst(judged: readonly Judged[], count: number): readonly (Judged & { readonly times: number })[] {
  const kinds = new Map<string, Judged & { times: number }>()
  for (const one of judged) {
    if (one.decision.effect === 'allow') continue
    const key = JSON.stringify([one.action.name, shownArguments(one.action.arguments)])
    const known = kinds.get(key)
    if (known) known.times++
    else kinds.set(key, { ...one, times: 1 })
  }
  return [...kinds.values()].sort((one, other) => rank(other) - rank(one)).slice(0, count)
}

const rank = ({ decision }: Judged): number =>
  decision.effect === 'deny' ? 1000 : decision.policies.length * 10 + decision.quorum

/**
 * The end of an agent's session: by a person, by the agent itself, or by the clock. It is never extended: a longer task
 * has another session. SPEC 10.9.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import { type AgentSession, isEnding, mayOpenSession } from '../../domain/identity/agent-session.ts'
import { byMember, type Initiator, isPerson } from '../../domain/identity/parties.ts'
import { type EntryMembers, prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { AgentSessionStore } from '../../store/contract/agent-session-store.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { revocationEntries } from '../stop/revocation-entries.ts'
import { lookUntil } from '../wake-ups.ts'

type SessionNeeds = Uses<AgentSessionStore & CallerStore, 'log' | 'now' | 'randomBytes'>

const none = () => refuse('not_found', 'This agent has no task open. Its principal, or somebody on call, can open one.')

/** Admins, too. Refuses: `forbidden`, `not_found`. */
export async function endSession(deps: SessionNeeds, by: Initiator, agentId: string): Promise<Result<true>> {
  const agent = await deps.store.agent(agentId)
  if (!agent) return none()
  const isAllowed = isPerson(by)
    ? by.roles.includes('admin') || mayOpenSession(by, agent)
    : by.kind === 'operator' || (by.kind === 'agent' && by.agent.id === agentId)
  if (!isAllowed) return refuse('forbidden', 'This is for the agent, the people who may open its tasks, and admins.')
  const session = await deps.store.agentSessionAt({ agent: agentId, at: deps.now() })
  return session && (await end(deps, session, deps.now(), byMember(by))) ? ok(true) : none()
}

async function end(
  { store, log, randomBytes }: SessionNeeds,
  { id, agent }: AgentSession,
  at: number,
  by: EntryMembers,
): Promise<boolean> {
  const cause = await prepareEntry('session.ended', at, newTrace(randomBytes), { agent, session: id, ...by })
  const entriesFor = (ended: Parameters<typeof revocationEntries>[1]) => revocationEntries(cause, ended)
  const ended = await store.endAgentSession({ id, agent, at, entriesFor })
  if (ended) log.info('session.closed', { agent, session: id, trace: cause.trace })
  return ended
}

/** The clock's: whose time is over. */
export async function endOverdue(deps: SessionNeeds): Promise<void> {
  const now = deps.now()
  for (const session of await deps.store.overdueAgentSessions(now)) await end(deps, session, now, {})
}

export interface SessionView extends AgentSession {
  /** It ends within minutes: what is begun now may not be finished. */
  readonly isEnding: boolean
}

const viewOf = (session: AgentSession, now: number): SessionView => ({ ...session, isEnding: isEnding(session, now) })

/**
 * The session of an agent, for itself or for people. Waits for `timeoutMs` at most: until it is about to end, or has
 * ended. Refuses: `forbidden` for another agent, `not_found`.
 */
export async function viewSession(
  deps: SessionNeeds & Pick<Deps, 'events'>,
  by: Initiator,
  agent: string,
  timeoutMs = 0,
  signal?: AbortSignal,
): Promise<Result<SessionView>> {
  if (!isPerson(by) && by.kind === 'agent' && by.agent.id !== agent) {
    return refuse('forbidden', 'An agent reads its own task alone.')
  }
  const { store, now } = deps
  const seen = await lookUntil(
    deps,
    { waiter: agent, topic: `agent-session:${agent}`, timeoutMs, lookAgainMs: LOOK_AGAIN_MS, signal },
    () => store.agentSessionAt({ agent, at: now() }),
    (session) => session === undefined || isEnding(session, now()),
  )
  return seen ? ok(viewOf(seen, now())) : none()
}

/** Time passes without being announced. */
const LOOK_AGAIN_MS = 1000

export const listSessionsOfAgents = async ({ store, now }: Pick<SessionNeeds, 'store' | 'now'>) =>
  (await store.openAgentSessions(now())).map((session) => viewOf(session, now()))

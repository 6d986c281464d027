/**
 * The agents of the authority itself, which propose changes to it for its operator and its admins.
 *
 * In: a caller, or an agent's id. Out: the agent it proposes as. Registered agents cannot have such an id (`api/schemas`).
 * Says nothing about revocation: the store's deciding statements look at that. SPEC 10.
 */
import type { Agent, Caller } from './parties.ts'

/** Proposes for the holder of the operator's credential. */
export const OPERATOR_AGENT = 'countersign-operator'
/** Proposes for an admin who is signed in. */
export const PAGES_AGENT = 'countersign-pages'

/** True of the authority's own agents. */
export const isOwn = (id: string): boolean => id.startsWith('countersign-')

/** An own agent, acting for `principal`. It may ask nobody but the authority. */
export const ownAgent = (id: string, principal: string): Agent => ({
  id,
  principals: [principal],
  runBy: null,
  createdAt: 0,
  revokedAt: null,
})

/** The agent that a caller proposes as; undefined for callers who propose nothing. */
export function askingAgent(caller: Caller): Agent | undefined {
  if (caller.kind === 'agent') return caller.agent
  return caller.kind === 'operator' ? ownAgent(OPERATOR_AGENT, OPERATOR_AGENT) : undefined
}

/**
 * The authority's own agents: its operator, its admins' pages and its executors propose changes to the authority as these. Registered
 * agents cannot have an id of this form, and the own agents may ask the authority alone. SPEC 10.
 */
import type { Agent, Caller } from './parties.ts'

export const OPERATOR_AGENT = 'countersign-operator'
export const PAGES_AGENT = 'countersign-pages'
/** Publishes the catalogue of an executor, which is its principal. */
export const EXECUTOR_AGENT = 'countersign-executor'

export const isOwnAgent = (id: string): boolean => id.startsWith('countersign-')

/** The own agent of this id, asking for a signed-in admin, the operator or an executor. */
export const ownAgent = (id: string, principal: string): Agent => ({
  id,
  principals: [principal],
  executors: [],
  groups: [],
  runBy: null,
  version: 1,
  createdAt: 0,
  revokedAt: null,
})

/** The agent that a caller asks as; undefined for executors and auditors, which ask for nothing. */
export function askingAgent(caller: Caller): Agent | undefined {
  if (caller.kind === 'agent') return caller.agent
  return caller.kind === 'operator' ? ownAgent(OPERATOR_AGENT, OPERATOR_AGENT) : undefined
}

/** The endpoints of agents' sessions: times in which an agent may propose, for a purpose. SPEC 10.9. */
import { define } from '../endpoint.ts'
import { Revocation } from '../wire-fields.ts'
import * as s from './agent-session-shapes.ts'

const forPeople = { callers: [], session: 'any' } as const

export const agentSessionEndpoints = define('agents', {
  listAgentSessions: {
    callers: ['operator'],
    session: 'any',
    method: 'GET',
    path: '/agent-sessions',
    summary: 'List the tasks of agents that are open, by their end',
    response: s.AgentSessions,
  },
  offerAgentSession: {
    ...forPeople,
    method: 'POST',
    path: '/agents/:id/session/options',
    summary: 'Begin to open a task of an agent, as its principal, the person who runs it or somebody on call',
    body: s.AgentSessionStart,
    response: s.AgentSessionOffer,
    refusals: ['not_found', 'rate_limited'],
  },
  openAgentSession: {
    ...forPeople,
    method: 'POST',
    path: '/agents/:id/session',
    summary: 'Open it, with a passkey: the agent may propose until it ends',
    body: s.AgentSessionSignature,
    status: 201,
    response: s.AgentSessionShape,
    refusals: ['consent_invalid', 'not_found'],
  },
  viewAgentSession: {
    callers: ['agent', 'operator'],
    session: 'any',
    method: 'GET',
    path: '/agents/:id/session',
    summary: 'The task of an agent. Prefer: wait=N holds the answer until it is about to end, or has ended',
    headers: ['Prefer'],
    response: s.AgentSessionShape,
    refusals: ['not_found'],
  },
  endAgentSession: {
    callers: ['agent', 'operator'],
    session: 'any',
    method: 'DELETE',
    path: '/agents/:id/session',
    summary: 'End it at once, with the open requests and unspent tokens of the agent',
    stops: true,
    response: Revocation,
    refusals: ['not_found'],
  },
})

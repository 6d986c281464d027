/** The sessions of agents in the store's contract: times in which they may propose, for a purpose. SPEC 10.9. */
import type { AgentSession, AgentSessionStatement } from '../../domain/identity/agent-session.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { EntriesFor } from './request-store.ts'

/** What an offer keeps until it is signed. */
export interface OfferedSession {
  readonly id: string
  readonly statement: AgentSessionStatement
  readonly payload: Payload
}

export interface AgentSessionStore {
  /**
   * Where the agent is there, the person is present and their passkey was not revoked, and the agent has no other
   * session open.
   */
  openAgentSession(opened: {
    readonly session: AgentSession
    readonly credentialId: string
    readonly counter: number
    readonly payload: Payload
    readonly entry: PreparedEntry
  }): Promise<{ readonly verdict: 'opened' | 'exists' | 'gone' }>
  /** The one in which the agent was, or is, at an instant. */
  agentSessionAt(moment: { readonly agent: string; readonly at: number }): Promise<AgentSession | undefined>
  /** The one in which the agent of this request was when it asked. */
  agentSessionOf(request: string): Promise<AgentSession | undefined>
  /** Those that had not ended by an instant, in the order of their beginning. */
  agentSessionsSince(at: number): Promise<readonly AgentSession[]>
  /** Those that are open, by their end. */
  openAgentSessions(now: number): Promise<readonly AgentSession[]>
  /** Ends it, with the agent's open requests and unspent tokens; false where it has ended. */
  endAgentSession(ended: {
    readonly id: string
    readonly agent: string
    readonly at: number
    readonly entriesFor: EntriesFor
  }): Promise<boolean>
  /** Those whose time is over, and that nobody has ended. */
  overdueAgentSessions(now: number): Promise<readonly AgentSession[]>
}

/**
 * `@countersign/client`: the client of an agent.
 *
 * It proposes an action, waits for consent and collects the approval token, which the agent then sends to the executor
 * with the call. It verifies no token: executors do, with `@countersign/verifier`.
 */
export {
  type AgentClient,
  type AgentClientOptions,
  createAgentClient,
  type GrantProposal,
  type Proposal,
  type ProposalOptions,
  type RelayOptions,
} from './agent-client.ts'
export { CHALLENGE_HEADERS, challengeIn } from './challenge.ts'
export { dpopOf, type ProveDpop } from './dpop-of.ts'
export type { Fetch } from './exchange.ts'
export type { Refusal } from './frameworks/tool-refusal.ts'
export { type ConsentedCall, type ConsentedTool, type WaitOptions, withConsent } from './frameworks/with-consent.ts'
export type { ActorToken, ApprovalRequest, ApprovalToken, Transaction, TransactionToken } from './read-answer.ts'
export { AuthorityError, type Denial, type EndedState } from './read-problem.ts'

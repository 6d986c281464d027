/**
 * The client of an agent: propose an action, wait for consent, collect the token, withdraw.
 *
 * It verifies no token and spends none: that is for the executor, and `@countersign/verifier`. SPEC 2.
 */
import { type ActionCall, type JsonObject, newSalt, type Preview } from '@countersign/verifier'
import type { ProveDpop } from './dpop-of.ts'
import { type Answer, type ConnectionOptions, connect, type HttpCall, send } from './exchange.ts'
import { pollRequest, pollTransaction, WAIT_SECONDS } from './polling.ts'
import {
  type ActorToken,
  type ApprovalRequest,
  type ApprovalToken,
  readActorToken,
  readRequest,
  readToken,
  readTransaction,
  readTransactionToken,
  type Transaction,
  type TransactionToken,
} from './read-answer.ts'
import { AuthorityError } from './read-problem.ts'

export interface AgentClientOptions extends ConnectionOptions {
  /** The authority's address: scheme, host and port, without a path. */
  readonly issuer: string
  readonly credential: string
  /** Makes a fresh proof for each call, as `dpopOf` does: grants and tokens are then bound to its key. RFC 9449. */
  readonly dpop?: ProveDpop
}

export interface Proposal {
  /** The executor that is to carry the action out. */
  readonly audience: string
  /** The call, exactly as it will be made. Its salt is made here. */
  readonly action: ActionCall
  /** The person or service that the agent acts for. Default: the first one that the agent is registered for. */
  readonly principal?: string
  /** The agent's own claim of what would change; approvers see it marked as such. */
  readonly preview?: Preview
  /** In the agent's words; approvers see it marked as such. At most 2,000 characters. */
  readonly reason?: string
  /** Further actors behind this agent, as a claim. RFC 8693. */
  readonly act?: JsonObject
  /** From the agent that lets this one act for it: proves the chain, in place of `act`. */
  readonly actorToken?: string
  /** Id of the grant that has to cover the call: otherwise it is refused, with the bound that differs, and nobody is asked. */
  readonly grant?: string
  /** Time that the request may wait for its answer: 10 to 86,400. */
  readonly expiresInSeconds?: number
}

/** A series of calls, proposed before the first of them. Needs `dpop`: every call carries a proof by the same key. */
export interface GrantProposal extends Omit<Proposal, 'action' | 'preview' | 'grant'> {
  /** What all calls share: name, resource and the arguments that are fixed. */
  readonly action: ActionCall
  readonly bounds: {
    /** Number of calls: 1 to 1,000. */
    readonly uses: number
    /** By the name of an argument: `{ equals }`, `{ oneOf }`, `{ prefix }`, `{ max }` or `{ sum }`. */
    readonly arguments: JsonObject
  }
}

export interface ProposalOptions {
  /** Repeating a proposal under the same key opens no second request. */
  readonly idempotencyKey?: string
  /** W3C trace context of the agent, kept for correlation. */
  readonly traceparent?: string
  readonly signal?: AbortSignal
}

export interface RelayOptions {
  /** As in a proposal. */
  readonly actorToken?: string
  readonly signal?: AbortSignal
  /** Called once the authority has taken the challenge: the moment to show the link to the approver. */
  readonly onOpened?: (transaction: Transaction) => void
}

/** Every method throws `AuthorityError` for a refusal, and the reason of `signal` when it aborts. */
export interface AgentClient {
  /** Opens an approval request. Where policy allows the action at once, the request already carries its token. */
  readonly propose: (proposal: Proposal, options?: ProposalOptions) => Promise<ApprovalRequest>
  readonly view: (id: string) => Promise<ApprovalRequest>
  /** Polls until the token can be collected. Throws `request_denied` or `request_expired` when it never will be. */
  readonly wait: (
    request: Pick<ApprovalRequest, 'id' | 'intervalSeconds'>,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<ApprovalToken>
  /** Collects the token now. Throws `request_pending` until the request is answered. */
  readonly collect: (id: string) => Promise<ApprovalToken>
  /** Asks for a grant; `answered` tells when people have decided. Calls under it are then proposed, and have their token at once. */
  readonly requestGrant: (grant: GrantProposal, options?: ProposalOptions) => Promise<ApprovalRequest>
  /** Polls until the request is pending no more. */
  readonly answered: (
    request: Pick<ApprovalRequest, 'id' | 'intervalSeconds'>,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<ApprovalRequest>
  /** Lets one other agent act for this one, for minutes. `actorToken`: by which another lets this one act. */
  readonly issueActorToken: (to: { readonly agent: string; readonly actorToken?: string }) => Promise<ActorToken>
  /** Takes a pending request back. */
  readonly withdraw: (id: string) => Promise<ApprovalRequest>
  /** Hands an executor's challenge to the authority, unchanged, and polls until the token is there. */
  readonly relay: (challenge: string, options?: RelayOptions) => Promise<TransactionToken>
}

const REQUESTS = '/requests'
const TRANSACTION = '/oauth/transaction'

/** Throws `TypeError` when `issuer` is not an origin. */
export function createAgentClient({ issuer, dpop, ...options }: AgentClientOptions): AgentClient {
  const connection = connect(issuer, options)

  async function call<T>(read: (value: unknown) => T, { headers, ...given }: HttpCall): Promise<Answer<T>> {
    const proof = given.method === 'POST' && (await dpop?.({ method: 'POST', url: issuer + given.path }))
    const answer = await send(connection, { ...given, headers: { ...headers, ...(proof && { DPoP: proof }) } })
    return answer.ok ? { ...answer, value: read(answer.value) } : answer
  }
  const collect = (id: string, more: Partial<HttpCall> = {}) =>
    call(readToken, { method: 'POST', path: `${pathOf(id)}/token`, ...more })

  async function open(
    { action, expiresInSeconds, actorToken, ...proposal }: Proposal | GrantProposal,
    { idempotencyKey, traceparent, signal }: ProposalOptions = {},
  ): Promise<ApprovalRequest> {
    const body = {
      ...proposal,
      action: { salt: newSalt(), ...action },
      expires_in: expiresInSeconds,
      actor_token: actorToken,
    }
    const headers = {
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      ...(traceparent === undefined ? {} : { traceparent }),
    }
    return orThrow(await call(readRequest, { method: 'POST', path: REQUESTS, body, headers, signal }))
  }

  async function answered(
    { id, intervalSeconds }: Pick<ApprovalRequest, 'id' | 'intervalSeconds'>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ApprovalRequest> {
    const look = () => call(readRequest, { method: 'GET', path: pathOf(id), waitSeconds: WAIT_SECONDS, signal })
    for (;;) {
      const seen = orThrow(await pollRequest(look, intervalSeconds, signal))
      if (seen.state !== 'pending') return seen
    }
  }

  return {
    propose: open,
    requestGrant: open,
    answered,
    view: async (id) => orThrow(await call(readRequest, { method: 'GET', path: pathOf(id) })),
    wait: async ({ id, intervalSeconds }, { signal } = {}) =>
      orThrow(await pollRequest(() => collect(id, { waitSeconds: WAIT_SECONDS, signal }), intervalSeconds, signal)),
    collect: async (id) => orThrow(await collect(id)),
    issueActorToken: async ({ agent, actorToken }) => {
      const body = { agent, actor_token: actorToken }
      return orThrow(await call(readActorToken, { method: 'POST', path: '/actor-tokens', body }))
    },
    withdraw: async (id) => orThrow(await call(readRequest, { method: 'POST', path: `${pathOf(id)}/withdraw` })),
    relay: async (challenge, { signal, onOpened, actorToken } = {}) => {
      const post = { method: 'POST', path: TRANSACTION, signal }
      const opened = await call(readTransaction, { ...post, form: challengeForm(challenge, actorToken) })
      const transaction = orThrow(opened)
      onOpened?.(transaction)
      const poll = { ...post, form: { transaction_authorization_id: transaction.id }, waitSeconds: WAIT_SECONDS }
      return orThrow(await pollTransaction(() => call(readTransactionToken, poll), transaction, signal))
    },
  }
}

const challengeForm = (challenge: string, actorToken: string | undefined) => ({
  transaction_challenge: challenge,
  ...(actorToken === undefined ? {} : { actor_token: actorToken }),
})

const pathOf = (id: string): string => `${REQUESTS}/${encodeURIComponent(id)}`

function orThrow<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value
  throw new AuthorityError(answer.problem)
}

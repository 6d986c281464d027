/** What policy says of a call, at the authority: a yes is in the ledger, and so is a no. SPEC 11.3. */
import type { Problem } from '../../client/client.ts'
import type { Continues } from './continue-call.ts'
import type { GateOptions } from './gate-options.ts'
import type { ToolCall } from './tool-call.ts'

/** `held`: people have to approve it. */
export type Decided = 'allowed' | 'held' | Problem

export type Decidable = Pick<ToolCall, 'agent' | 'action' | 'signal'>

export async function decide(
  { executor, audience }: Pick<GateOptions, 'executor' | 'audience'>,
  { agent, action, signal }: Decidable,
  continues?: Continues,
): Promise<Decided> {
  const body = {
    subject: { type: 'agent' as const, id: agent.id, properties: { credential: agent.credentialHash } },
    action: { name: action.name, properties: action.arguments },
    resource: { type: 'executor' as const, id: action.resource, properties: { audience } },
    ...(continues && { context: { continues } }),
  }
  const askedAt = performance.now()
  const answer = await executor.call('evaluateAccess', { body, signal })
  const isStopped = answer.ok && answer.value.context.reason === 'killed'
  if (!answer.ok || isStopped) agent.standing.doubt()
  else agent.standing.seenAt(askedAt)
  if (!answer.ok) return answer.problem
  const { decision, context } = answer.value
  if (decision) return 'allowed'
  const mayAsk = context.reason === 'approval_required' || context.reason === 'token_required'
  return mayAsk ? 'held' : { code: codeOf(context.reason), detail: context.detail }
}

const codeOf = (reason: string): Problem['code'] => (reason === 'killed' ? 'killed' : 'policy_denied')

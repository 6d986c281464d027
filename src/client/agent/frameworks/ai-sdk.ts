/**
 * The Vercel AI SDK, 6 and 7: a tool's `execute`, and with `pause` its `needsApproval`.
 *
 * Knows the SDK by its shape alone. `tool({ description, inputSchema, ...consented(client, { … }) })`. An approval in the
 * message history only lets the SDK enter `execute`: the body still demands the token.
 */
import type { AgentClient } from '../agent-client.ts'
import type { Refusal } from './tool-refusal.ts'
import { type ConsentedCall, withConsent } from './with-consent.ts'

/** The used part of the SDK's options of a tool call. */
export interface AiToolCall {
  readonly toolCallId: string
  readonly abortSignal?: AbortSignal | undefined
}

export interface AiTool<Args, Value> {
  readonly execute: (args: Args, call: AiToolCall) => Promise<Value | Refusal>
  readonly needsApproval?: (args: Args, call: AiToolCall) => Promise<boolean>
}

export interface AiDefinition<Args, Value> extends ConsentedCall<Args, Value> {
  /** Ends the step with the SDK's `tool-approval-request` where people decide. Default: `execute` waits. */
  readonly pause?: boolean
}

export function consented<Args extends object, Value>(
  client: AgentClient,
  definition: AiDefinition<Args, Value>,
): AiTool<Args, Value> {
  const { needsConsent, run } = withConsent(client, definition)
  return {
    execute: (args, { toolCallId, abortSignal }) => run(args, toolCallId, { signal: abortSignal }),
    ...(definition.pause && { needsApproval: (args, { toolCallId }) => needsConsent(args, toolCallId) }),
  }
}

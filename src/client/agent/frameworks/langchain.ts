/**
 * LangChain and LangGraph: the function of a `tool`.
 *
 * Knows them by their shape alone. With LangGraph's `interrupt` the graph pauses while people decide, and may enter the
 * function again in another process with the same `secret`: both are one request, whose token is spent once.
 */
import type { AgentClient } from '../agent-client.ts'
import type { Refusal } from './tool-refusal.ts'
import { type ConsentedCall, withConsent } from './with-consent.ts'

/** The used part of the config, or runtime, of a tool call. */
export interface LangChainConfig {
  readonly toolCall?: { readonly id?: string }
  readonly toolCallId?: string
  readonly signal?: AbortSignal
}

export interface LangChainDefinition<Args, Value> extends ConsentedCall<Args, Value> {
  /** LangGraph's `interrupt`. The value of the resumption is ignored: the authority says what people decided. */
  readonly interrupt?: (value: { readonly tool: string; readonly callId: string }) => unknown
}

/** The function throws `TypeError` outside of a tool call, which has no id. */
export function consented<Args extends object, Value>(
  client: AgentClient,
  definition: LangChainDefinition<Args, Value>,
): (args: Args, config: LangChainConfig) => Promise<Value | Refusal> {
  const { needsConsent, run } = withConsent(client, definition)
  const { interrupt, name } = definition
  return async (args, { toolCall, toolCallId: callId = toolCall?.id, signal }) => {
    if (callId === undefined) throw new TypeError('A consented tool is run by a tool call, which has an id')
    // The first entry ends here: `interrupt` throws. The second has the answer.
    if (interrupt && (await needsConsent(args, callId))) interrupt({ tool: name, callId })
    return run(args, callId, { signal })
  }
}

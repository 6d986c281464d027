/**
 * OpenAI Agents JS: a tool's `execute`, and with `pause` its `needsApproval`.
 *
 * Knows the SDK by its shape alone. `tool({ name, description, parameters, ...consented(client, { … }) })`. An approval in
 * the run's state only lets the SDK enter `execute`: the body still demands the token.
 */
import type { AgentClient } from '../agent-client.ts'
import { type ConsentedCall, withConsent } from './with-consent.ts'

/** The used part of the SDK's details of a tool call. */
export interface OpenAiToolCall {
  readonly toolCall?: { readonly callId: string }
  readonly signal?: AbortSignal
}

export interface OpenAiTool<Args> {
  /** The result, or the refusal, as JSON. */
  readonly execute: (args: Args, context?: unknown, details?: OpenAiToolCall) => Promise<string>
  readonly needsApproval?: (context: unknown, args: Args, callId?: string) => Promise<boolean>
}

export interface OpenAiDefinition<Args, Value> extends ConsentedCall<Args, Value> {
  /** Interrupts the run where people decide. Default: `execute` waits. */
  readonly pause?: boolean
}

/** Both functions throw `TypeError` for a call without an id. */
export function consented<Args extends object, Value>(
  client: AgentClient,
  definition: OpenAiDefinition<Args, Value>,
): OpenAiTool<Args> {
  const { needsConsent, run } = withConsent(client, definition)
  return {
    execute: async (args, _context, { toolCall, signal } = {}) =>
      JSON.stringify((await run(args, idOf(toolCall?.callId), { signal })) ?? null),
    ...(definition.pause && { needsApproval: (_context, args, callId) => needsConsent(args, idOf(callId)) }),
  }
}

function idOf(callId: string | undefined): string {
  if (callId === undefined) throw new TypeError('A consented tool is run by a tool call, which has an id')
  return callId
}

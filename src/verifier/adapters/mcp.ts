/**
 * Guards a tool of an MCP server: the TypeScript SDK 1.x and 2.x.
 *
 * Knows the SDK by its shape alone. The token travels in the call's `_meta`, under `io.countersign/approval-token`. A refusal
 * is a result with `isError`. Tokens that are bound to a key are refused: a tool call proves no possession. SPEC 6 and 7.
 */
import { ApprovalError, type GuardDefinition, type Verifier } from '../index.ts'

/** The member of `_meta` that carries the token. */
export const APPROVAL_TOKEN = 'io.countersign/approval-token'
/** The member of a refusal's `_meta`: its `code`, and a `challenge` where the executor signs one. */
export const REFUSAL = 'io.countersign/refusal'

type Meta = Readonly<Record<string, unknown>>

/** The used part of what the SDK gives to a tool: `extra` in 1.x, `ctx` in 2.x. */
export type McpCall = {
  readonly _meta?: Meta | undefined
  readonly mcpReq?: { readonly _meta?: Meta | undefined }
}

/** The used part of the SDK's `CallToolResult`. */
export type McpResult = {
  content: { type: 'text'; text: string }[]
  isError?: boolean
  _meta?: Record<string, unknown>
}

export type McpDefinition<Args, Value> = GuardDefinition<Args, Value> & {
  /** The result. Default: a string as it is, anything else as JSON. */
  readonly respond?: (value: Value) => McpResult
}

/**
 * Makes the handler of a tool with an `inputSchema`:
 * `server.registerTool('post', { inputSchema }, approved(verifier, 'forum.post', { … }))`. The arguments are what the
 * schema made of them. Errors of `run` are thrown: the SDK answers them.
 */
export function approved<Args extends object, Value>(
  verifier: Verifier,
  name: string,
  definition: McpDefinition<Args, Value>,
): (args: Args, call: McpCall) => Promise<McpResult> {
  const guarded = verifier.guard(name, definition)
  const respond = definition.respond ?? ((value) => ({ content: [textOf(value)] }))
  return async (args, call) => {
    try {
      return respond(await guarded(args, { token: tokenIn(call) }))
    } catch (error) {
      if (error instanceof ApprovalError) return refusalResult(error)
      throw error
    }
  }
}

function tokenIn({ mcpReq, _meta }: McpCall): string | undefined {
  const token = (mcpReq?._meta ?? _meta)?.[APPROVAL_TOKEN]
  if (token === undefined || typeof token === 'string') return token
  throw new ApprovalError('token_malformed')
}

const textOf = (value: unknown) => ({
  type: 'text' as const,
  text: typeof value === 'string' ? value : JSON.stringify(value ?? null),
})

const refusalResult = ({ code, message, challenge }: ApprovalError): McpResult => ({
  content: [textOf(`Refused (${code}). ${message}`)],
  isError: true,
  _meta: { [REFUSAL]: { code, ...(challenge !== undefined && { challenge }) } },
})

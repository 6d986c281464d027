/**
 * The Claude Agent SDK: the handler of a tool of an in-process MCP server, and a `PreToolUse` hook that waits and explains.
 *
 * Knows the SDK by its shape alone. The handler demands the token whether the hook ran, failed or was taken away; a hook
 * that fails blocks the call (`onFailure`).
 */
import type { AgentClient } from '../agent-client.ts'
import { membersOf } from '../read-problem.ts'
import { isRefusal, type Refusal } from './tool-refusal.ts'
import { type ConsentedCall, withConsent } from './with-consent.ts'

export interface ClaudeDefinition<Args, Value> extends ConsentedCall<Args, Value> {
  /** The tool's name as the model sees it: `mcp__forum__post`. */
  readonly tool: string
  /** Time that the hook may wait. Default 3600. */
  readonly timeoutSeconds?: number
}

export type ClaudeResult = {
  content: { type: 'text'; text: string }[]
  isError?: boolean
}

/** Empty for a call of another tool: the hook has no say in it. */
export type ClaudeHookOutput = {
  hookSpecificOutput?: {
    hookEventName: 'PreToolUse'
    permissionDecision: 'allow' | 'deny'
    permissionDecisionReason?: string
  }
}

type Hook = (
  input: object,
  toolUseId: string | undefined,
  options: { readonly signal: AbortSignal },
) => Promise<ClaudeHookOutput>

export interface ClaudeTool<Args> {
  readonly handler: (args: Args, extra: unknown) => Promise<ClaudeResult>
  /** For `hooks: { PreToolUse: [matcher] }`. */
  readonly matcher: { matcher: string; hooks: Hook[]; timeout: number; onFailure: 'block' }
}

/** The member of `_meta` in which Claude Code names the call. */
const TOOL_USE_ID = 'claudecode/toolUseId'

export function consented<Args extends object, Value>(
  client: AgentClient,
  definition: ClaudeDefinition<Args, Value>,
): ClaudeTool<Args> {
  const { refusal, run } = withConsent(client, definition)
  const { tool, timeoutSeconds: timeout = 3600 } = definition
  const hook: Hook = async (input, toolUseId, { signal }) => {
    const { tool_name: name, tool_input: given } = membersOf(input)
    if (name !== tool) return {}
    // The executor checks the members, as it does for every argument from outside.
    const args = membersOf(given) as Args
    return answerOf(await refusal(args, idOf(toolUseId), { signal }))
  }
  return {
    matcher: { matcher: tool, hooks: [hook], timeout, onFailure: 'block' },
    handler: async (args, extra) => {
      const { _meta: meta, signal } = membersOf(extra)
      const result = await run(args, idOf(membersOf(meta)[TOOL_USE_ID]), {
        signal: signal instanceof AbortSignal ? signal : undefined,
      })
      return resultOf(result)
    },
  }
}

function idOf(id: unknown): string {
  if (typeof id !== 'string') throw new TypeError('A consented tool is run by a tool call, which has an id')
  return id
}

function answerOf(refusal: Refusal | undefined): ClaudeHookOutput {
  const hookEventName = 'PreToolUse'
  if (refusal === undefined) return { hookSpecificOutput: { hookEventName, permissionDecision: 'allow' } }
  const permissionDecisionReason = JSON.stringify(refusal)
  return { hookSpecificOutput: { hookEventName, permissionDecision: 'deny', permissionDecisionReason } }
}

function resultOf(value: unknown): ClaudeResult {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  return { content: [{ type: 'text', text }], ...(isRefusal(value) && { isError: true }) }
}

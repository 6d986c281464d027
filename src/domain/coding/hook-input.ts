/**
 * Parses the input of a coding agent's hook: the call that is about to run, in each client's own form. Fields that a
 * client leaves out are empty; a form that names no tool is refused.
 */
import { ApprovalError, type JsonObject, type JsonValue, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { CodingClient, ToolCall } from './coding-call.ts'

/** `name`: that of the tool for which the hook is called at all, where its event is for one. */
interface HookForm {
  readonly tool: readonly string[]
  readonly input: readonly string[]
  readonly session: readonly string[]
}

const SNAKE: HookForm = { tool: ['tool_name'], input: ['tool_input'], session: ['session_id', 'conversation_id'] }

const FORMS: Readonly<Record<CodingClient, HookForm>> = {
  'claude-code': SNAKE,
  gemini: SNAKE,
  codex: SNAKE,
  cursor: SNAKE,
  copilot: { tool: ['toolName', 'tool_name'], input: ['toolArgs', 'tool_input'], session: ['sessionId', 'session_id'] },
}

/** Throws `ApprovalError`: `invalid_request`. */
export function readHookInput(client: CodingClient, body: JsonObject, now: number): ToolCall {
  const form = FORMS[client]
  const event = textIn(body, ['hook_event_name', 'hookEventName']) ?? ''
  const own = Object.hasOwn(EVENT_TOOLS, event) ? EVENT_TOOLS[event] : undefined
  const tool = textIn(body, form.tool) ?? own
  if (tool === undefined) throw new ApprovalError('invalid_request', { cause: 'The hook’s input names no tool.' })
  const given = first(body, form.input)
  // Which of the two the client carries out is not known.
  if (own !== undefined && given !== undefined)
    throw new ApprovalError('invalid_request', { cause: 'The hook’s input tells the call twice.' })
  const roots = body['workspace_roots']
  const root = Array.isArray(roots) && typeof roots[0] === 'string' ? roots[0] : '/'
  return {
    client,
    tool: qualified(client, event, tool, body),
    input: inputOf(given, body),
    cwd: textIn(body, ['cwd']) || root,
    session: textIn(body, form.session) ?? '',
    at: now,
  }
}

/** Events of Cursor that are for one tool, and tell its input beside it. */
const EVENT_TOOLS: Readonly<Record<string, string>> = {
  beforeShellExecution: 'shell',
  beforeReadFile: 'read',
}

/** Gemini and Cursor name a tool of an MCP server without its server in the name alone. */
function qualified(client: CodingClient, event: string, tool: string, body: JsonObject): string {
  const context = body['mcp_context']
  const server = isJsonObject(context) ? context['server_name'] : undefined
  if (client === 'gemini' && typeof server === 'string') return `mcp__${server}__${tool}`
  return event === 'beforeMCPExecution'
    ? `mcp__${textIn(body, ['url', 'command', 'server']) ?? 'server'}__${tool}`
    : tool
}

function inputOf(given: JsonValue | undefined, body: JsonObject): JsonObject {
  if (isJsonObject(given)) return given
  if (typeof given === 'string') return parsedObject(given)
  const { command, cwd, file_path: path } = body
  return { ...(command !== undefined && { command, cwd: cwd ?? '' }), ...(path !== undefined && { file_path: path }) }
}

/** Copilot and Cursor send the arguments as text. What is no strict JSON is the input as it stands. */
function parsedObject(text: string): JsonObject {
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : { input: text }
  } catch {
    return { input: text }
  }
}

const first = (body: JsonObject, names: readonly string[]): JsonValue | undefined =>
  names.map((name) => body[name]).find((value) => value !== undefined)

function textIn(body: JsonObject, names: readonly string[]): string | undefined {
  const value = first(body, names)
  return typeof value === 'string' ? value : undefined
}

/** The calls of tools in one transcript: lines of JSON (Claude Code, Codex, newer Gemini CLI) or one document (Gemini CLI). */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { ToolCall } from '../../domain/coding/coding-call.ts'

/** The parts of a session that lines tell one by one. */
interface Told {
  cwd: string
  session: string
}

type Line = (told: Told, line: JsonObject) => readonly Omit<ToolCall, 'client'>[]

export function claudeCodeLine(told: Told, line: JsonObject): readonly Omit<ToolCall, 'client'>[] {
  remember(told, line['cwd'], line['sessionId'])
  const content = member(line['message'], 'content')
  if (line['type'] !== 'assistant' || !Array.isArray(content)) return []
  return content.flatMap((part) =>
    isJsonObject(part) && part['type'] === 'tool_use'
      ? toolCall(told, part['name'], part['input'], line['timestamp'])
      : [],
  )
}

export function codexLine(told: Told, line: JsonObject): readonly Omit<ToolCall, 'client'>[] {
  const payload = line['payload']
  if (line['type'] === 'session_meta') remember(told, member(payload, 'cwd'), member(payload, 'id'))
  if (line['type'] === 'turn_context') remember(told, member(payload, 'cwd'), undefined)
  if (line['type'] !== 'response_item' || !isJsonObject(payload)) return []
  switch (payload['type']) {
    case 'function_call':
      return toolCall(told, payload['name'], parsed(payload['arguments']), line['timestamp'])
    case 'custom_tool_call':
      return toolCall(
        told,
        payload['name'],
        { patch: payload['input'] ?? '', ...patched(payload['input']) },
        line['timestamp'],
      )
    case 'local_shell_call':
      return toolCall(told, 'local_shell', payload['action'], line['timestamp'])
    default:
      return []
  }
}

/** A message by itself, or the document that holds them all. */
export function geminiLine(told: Told, line: JsonObject): readonly Omit<ToolCall, 'client'>[] {
  remember(told, line['cwd'], line['sessionId'])
  const messages = Array.isArray(line['messages']) ? line['messages'] : [line]
  return messages.flatMap((message) => {
    const calls = member(message, 'toolCalls')
    if (!Array.isArray(calls)) return []
    return calls.flatMap((call) =>
      toolCall(
        told,
        member(call, 'name'),
        member(call, 'args'),
        member(call, 'timestamp') ?? member(message, 'timestamp'),
      ),
    )
  })
}

/** Whether a line is of a form that is read here: later versions of a client may write others. */
export function isKnown(client: keyof typeof LINES, line: JsonObject): boolean {
  const { type, payload } = line
  if (client === 'codex') return typeof type === 'string' && isJsonObject(payload)
  if (client === 'claude-code')
    return typeof type === 'string' && (type !== 'assistant' || Array.isArray(member(line['message'], 'content')))
  return (
    typeof type === 'string' || typeof line['sessionId'] === 'string' || Object.keys(line)[0]?.startsWith('$') === true
  )
}

export const LINES: Readonly<Record<'claude-code' | 'codex' | 'gemini', Line>> = {
  'claude-code': claudeCodeLine,
  codex: codexLine,
  gemini: geminiLine,
}

function toolCall(
  { cwd, session }: Told,
  tool: JsonValue | undefined,
  input: JsonValue | undefined,
  timestamp: JsonValue | undefined,
): readonly Omit<ToolCall, 'client'>[] {
  if (typeof tool !== 'string') return []
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) / 1000 : Number.NaN
  const known = isJsonObject(input) ? input : { input: input ?? null }
  return [{ tool, input: known, cwd, session, at: Number.isFinite(at) ? Math.floor(at) : null }]
}

function remember(told: Told, cwd: JsonValue | undefined, session: JsonValue | undefined): void {
  if (typeof cwd === 'string' && cwd !== '') told.cwd = cwd
  if (typeof session === 'string' && session !== '') told.session = session
}

const member = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isJsonObject(value) ? value[name] : undefined

/** The arguments of a function, which Codex keeps as text; what is no JSON stays that text. */
function parsed(text: JsonValue | undefined): JsonValue {
  if (typeof text !== 'string') return text ?? null
  try {
    return JSON.parse(text)
  } catch {
    return { input: text }
  }
}

/** The first file of a patch. */
function patched(patch: JsonValue | undefined): { readonly path?: string } {
  const path =
    typeof patch === 'string'
      ? /^\*\*\* (?:Add|Update|Delete) File: (?<path>.+)$/m.exec(patch)?.groups?.['path']
      : undefined
  return path === undefined ? {} : { path }
}

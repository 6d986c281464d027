/**
 * How a call ended, as a hook that runs after it is told in each client's own form. `unknown` where the client does not
 * say: the ledger then calls the outcome indeterminate. SPEC 15.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { CodingClient } from './coding-call.ts'

export type CallEnding = 'succeeded' | 'failed' | 'aborted' | 'unknown'

/** Undefined for a call that has not run yet. */
export function endingOf(client: CodingClient, body: JsonObject): CallEnding | undefined {
  if (client === 'copilot') return copilotEnding(body['toolResult'] ?? body['tool_result'])
  const event = String(body['hook_event_name'] ?? '').toLowerCase()
  if (event === 'posttoolusefailure') return failureOf(body)
  if (event === 'aftertool') return geminiEnding(body['tool_response'])
  if (event !== 'posttooluse') return undefined
  // Codex says nothing of a command's status.
  return client === 'codex' ? 'unknown' : successOf(body['tool_response'])
}

const failureOf = ({ is_interrupt: isInterrupt, failure_type: kind }: JsonObject): CallEnding =>
  isInterrupt === true || kind === 'permission_denied' ? 'aborted' : 'failed'

/** A command in the background has only begun. */
function successOf(response: JsonValue | undefined): CallEnding {
  if (!isJsonObject(response)) return 'succeeded'
  if (response['backgroundTaskId'] !== undefined) return 'unknown'
  return response['interrupted'] === true ? 'aborted' : 'succeeded'
}

const COPILOT: Readonly<Record<string, CallEnding>> = { success: 'succeeded', failure: 'failed', denied: 'aborted' }

function copilotEnding(result: JsonValue | undefined): CallEnding | undefined {
  if (result === undefined) return undefined
  const kind = isJsonObject(result) ? (result['resultType'] ?? result['result_type']) : undefined
  return typeof kind === 'string' && Object.hasOwn(COPILOT, kind) ? COPILOT[kind] : 'unknown'
}

/** Of a command Gemini CLI tells its status in the last lines of a text. */
function geminiEnding(response: JsonValue | undefined): CallEnding {
  if (!isJsonObject(response)) return 'unknown'
  if (response['error'] !== undefined) return 'failed'
  const { llmContent: content } = response
  const lines =
    typeof content === 'string' ? content.split('\n').filter((line) => !/^<\/?untrusted_context>$/.test(line)) : []
  const [first = ''] = lines
  if (first.startsWith('Command moved to background')) return 'unknown'
  if (/^Command was (?:automatically )?cancelled/.test(first)) return 'aborted'
  return statusIn(lines)
}

function statusIn(lines: readonly string[]): CallEnding {
  for (const line of lines.toReversed()) {
    if (/^(?:Error|Exit Code|Signal): /.test(line)) return 'failed'
    if (line.startsWith('Background PIDs: ')) return 'unknown'
    if (!line.startsWith('Process Group PGID: ')) break
  }
  return 'succeeded'
}

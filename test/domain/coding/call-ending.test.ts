/** What hooks after a call are told, as the clients were seen to tell it. */
import type { JsonObject } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { endingOf } from '../../../src/domain/coding/call-ending.ts'
import type { CodingClient } from '../../../src/domain/coding/coding-call.ts'

const gemini = (...lines: string[]) => ({
  hook_event_name: 'AfterTool',
  tool_response: { llmContent: ['<untrusted_context>', ...lines, '</untrusted_context>'].join('\n') },
})
const claude = (tool_response: JsonObject) => ({ hook_event_name: 'PostToolUse', tool_response })

it.each<[string, CodingClient, JsonObject, ReturnType<typeof endingOf>]>([
  ['a call that has not run', 'claude-code', { hook_event_name: 'PreToolUse' }, undefined],
  ['a command that ran', 'claude-code', claude({ stdout: '', stderr: '', interrupted: false }), 'succeeded'],
  ['a command in the background', 'claude-code', claude({ stdout: '', backgroundTaskId: 'b1' }), 'unknown'],
  ['an interrupted command', 'claude-code', claude({ stdout: '', interrupted: true }), 'aborted'],
  ['a failure', 'claude-code', { hook_event_name: 'PostToolUseFailure', error: 'Exit code 3' }, 'failed'],
  ['an interruption', 'claude-code', { hook_event_name: 'PostToolUseFailure', is_interrupt: true }, 'aborted'],
  ['a command that ran', 'gemini', gemini('Output: hello', 'Process Group PGID: 6353'), 'succeeded'],
  ['a status that is not 0', 'gemini', gemini('Output: bad', 'Exit Code: 3', 'Process Group PGID: 6505'), 'failed'],
  ['a signal', 'gemini', gemini('Output: (empty)', 'Signal: 9'), 'failed'],
  ['output that looks like a status', 'gemini', gemini('Output: Exit Code: 3', 'done'), 'succeeded'],
  ['a process left behind', 'gemini', gemini('Output: x', 'Background PIDs: 7', 'Process Group PGID: 6'), 'unknown'],
  ['a command in the background', 'gemini', gemini('Command moved to background (PID: 7).'), 'unknown'],
  ['a cancelled command', 'gemini', gemini('Command was cancelled by user before it could complete.'), 'aborted'],
  ['an error', 'gemini', { hook_event_name: 'AfterTool', tool_response: { error: { message: 'x' } } }, 'failed'],
  ['no response', 'gemini', { hook_event_name: 'AfterTool' }, 'unknown'],
  ['a command, whatever its status', 'codex', { hook_event_name: 'PostToolUse', tool_response: 'bad\n' }, 'unknown'],
  ['an edit', 'cursor', { hook_event_name: 'postToolUse', tool_output: '{}' }, 'succeeded'],
  ['a failed edit', 'cursor', { hook_event_name: 'postToolUseFailure', failure_type: 'error' }, 'failed'],
  ['a refused edit', 'cursor', { hook_event_name: 'postToolUseFailure', failure_type: 'permission_denied' }, 'aborted'],
  ['a success', 'copilot', { toolResult: { resultType: 'success' } }, 'succeeded'],
  ['a failure', 'copilot', { toolResult: { resultType: 'failure' } }, 'failed'],
  ['a result of no known kind', 'copilot', { toolResult: { resultType: 'constructor' } }, 'unknown'],
  ['a call that has not run', 'copilot', { toolName: 'bash' }, undefined],
])('%s of %s', (_, client, body, ending) => {
  expect(endingOf(client, body)).toBe(ending)
})

it('a long output is read in one pass', () => {
  const lines = Array.from({ length: 100_000 }, () => 'Background')
  expect(endingOf('gemini', gemini('Output:', ...lines))).toBe('succeeded')
})

/** Transcripts as Claude Code, Codex and Gemini CLI write them, in a home of their own. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Home {
  readonly folder: string
  readonly write: (path: string, text: string) => void
}

export function createHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-home-'))
  return {
    folder,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    },
  }
}

export const lines = (...values: readonly unknown[]): string =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n')

const now = () => new Date().toISOString()

export const claudeCall = (name: string, input: object, session = 's1', timestamp = now()) => ({
  type: 'assistant',
  sessionId: session,
  cwd: '/home/ada/shop',
  timestamp,
  message: {
    role: 'assistant',
    content: [
      { type: 'text', text: 'I do it.' },
      { type: 'tool_use', id: 't', name, input },
    ],
  },
})

export const codexMeta = { type: 'session_meta', timestamp: now(), payload: { id: 'codex-1', cwd: '/home/ada/shop' } }

export const codexCall = (name: string, input: object) => ({
  type: 'response_item',
  timestamp: now(),
  payload: { type: 'function_call', name, arguments: JSON.stringify(input), call_id: 'c' },
})

export const codexPatch = (patch: string) => ({
  type: 'response_item',
  timestamp: now(),
  payload: { type: 'custom_tool_call', name: 'apply_patch', input: patch, call_id: 'c' },
})

export const geminiChat = (...calls: readonly { readonly name: string; readonly args: object }[]) => ({
  sessionId: 'gemini-1',
  messages: [
    { type: 'user', content: 'Mend it.', timestamp: now() },
    { type: 'gemini', content: '', timestamp: now(), toolCalls: calls.map((call) => ({ id: 'g', ...call })) },
  ],
})

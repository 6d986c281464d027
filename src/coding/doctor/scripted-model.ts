/**
 * A model on loopback that asks for one shell command and then ends, in the forms that Claude Code and Copilot CLI,
 * Gemini CLI and Codex speak. With it `countersign hook doctor` sees what an installed client does, without an account.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ScriptedModel {
  readonly url: string
  /** How often the client asked it. */
  readonly calls: () => number
  readonly close: () => Promise<void>
}

export async function startScriptedModel(command: string): Promise<ScriptedModel> {
  let calls = 0
  const server = createServer((request, response) => {
    answer(request, response, command, () => calls++).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => calls,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, command: string, count: () => void) {
  const body = await textOf(request)
  const path = request.url ?? ''
  if (request.method !== 'POST') return json(response, {})
  count()
  // Whether the command was asked for before: its result, or its refusal, is in the conversation.
  if (path.includes('count_tokens')) return json(response, { input_tokens: 1 })
  if (path.includes('/messages')) return events(response, claudeEvents(command, isDone(body, 'tool_result'), body))
  if (/countTokens/.test(path)) return json(response, { totalTokens: 1 })
  if (/generateContent|GenerateContent/.test(path)) return gemini(response, path, command, body)
  if (path.includes('/responses')) return events(response, codexEvents(command, isDone(body, 'function_call_output')))
  return json(response, {})
}

const isDone = (body: string, mark: string): boolean => body.includes(`"${mark}"`)

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}

function json(response: ServerResponse, value: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}

type SentEvent = readonly [name: string | null, data: object]

function events(response: ServerResponse, sent: readonly SentEvent[]): void {
  response.setHeader('content-type', 'text/event-stream')
  for (const [name, data] of sent)
    response.write(`${name === null ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`)
  response.end()
}

/** Small questions beside the conversation (a title, say) come without tools, and get a word. */
function claudeEvents(command: string, done: boolean, body: string): readonly SentEvent[] {
  const name = ['Bash', 'bash'].find((one) => body.includes(`"${one}"`))
  const asks = !done && name !== undefined
  const block = asks ? { type: 'tool_use', id: 'toolu_1', name, input: {} } : { type: 'text', text: '' }
  const input = JSON.stringify({ command, description: 'Make a file' })
  const delta = asks ? { type: 'input_json_delta', partial_json: input } : { type: 'text_delta', text: 'Done.' }
  const usage = { input_tokens: 1, output_tokens: 1 }
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'scripted', content: [], usage }
  return [
    ['message_start', { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null } }],
    ['content_block_start', { type: 'content_block_start', index: 0, content_block: block }],
    ['content_block_delta', { type: 'content_block_delta', index: 0, delta }],
    ['content_block_stop', { type: 'content_block_stop', index: 0 }],
    [
      'message_delta',
      { type: 'message_delta', delta: { stop_reason: asks ? 'tool_use' : 'end_turn', stop_sequence: null }, usage },
    ],
    ['message_stop', { type: 'message_stop' }],
  ]
}

function gemini(response: ServerResponse, path: string, command: string, body: string): void {
  const asks = !isDone(body, 'functionResponse') && body.includes('run_shell_command')
  const part = asks
    ? { functionCall: { name: 'run_shell_command', args: { command, description: 'Make a file' } } }
    : { text: body.includes('responseJsonSchema') || body.includes('responseSchema') ? '{}' : 'Done.' }
  const value = {
    candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    modelVersion: 'scripted',
  }
  if (path.includes('stream')) events(response, [[null, value]])
  else json(response, value)
}

function codexEvents(command: string, done: boolean): readonly SentEvent[] {
  const item = done
    ? { type: 'message', role: 'assistant', id: 'm1', content: [{ type: 'output_text', text: 'Done.' }] }
    : {
        type: 'function_call',
        id: 'f1',
        call_id: 'c1',
        name: 'exec_command',
        arguments: JSON.stringify({ cmd: command }),
      }
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
  return [
    ['response.created', { type: 'response.created', response: { id: 'r1' } }],
    ['response.output_item.done', { type: 'response.output_item.done', output_index: 0, item }],
    ['response.completed', { type: 'response.completed', response: { id: 'r1', usage } }],
  ]
}

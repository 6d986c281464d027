/**
 * A server on stdio that says what it is told: `node told-server.mjs FILE`. A call of `say` is answered with the
 * `outcome` in its arguments, or the members of the text `line`, after the `messages` there. It waits for a file `until`. It
 * writes every request that it gets to the file, and every notification but the first.
 */
import { appendFileSync, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'

const [, , file] = process.argv
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const inputSchema = { type: 'object', properties: { text: { type: 'string' } } }
const tools = ['say', 'peek', 'edit', 'resources/read', 'prompts/get'].map((name) => ({ name, inputSchema }))
const capabilities = { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {}, logging: {} }
const text = (words) => ({ content: [{ type: 'text', text: words }] })

const results = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities, serverInfo: { name: 'told', version: '1' } }),
  'server/discover': () => ({
    supportedVersions: ['2026-07-28'],
    capabilities,
    serverInfo: { name: 'told', version: '1' },
  }),
  'tools/list': () => ({ tools }),
  'resources/list': () => ({ resources: [{ uri: 'told://a', name: 'a' }] }),
  'prompts/list': () => ({ prompts: [{ name: 'p' }] }),
  'resources/read': ({ uri }) => ({ contents: [{ uri, text: 'of the resource' }] }),
  'prompts/get': () => ({ messages: [{ role: 'user', content: { type: 'text', text: 'of the prompt' } }] }),
  'completion/complete': () => ({ completion: { values: ['of the completion'] } }),
  'resources/subscribe': () => ({}),
  'subscriptions/listen': () => ({ resultType: 'complete' }),
  'tools/call': ({ name }) => text(name === 'peek' ? 'what is there' : `${name} ran`),
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, method, params = {}, ...answer } = JSON.parse(line)
  if (method === undefined) return appendFileSync(file, `answer ${JSON.stringify(answer)}\n`)
  if (method === 'notifications/initialized') return
  if (id === undefined) return appendFileSync(file, `${method} ${JSON.stringify(params)}\n`)
  appendFileSync(file, `${method} ${params.name ?? ''}\n`)
  const { outcome, line: written, messages = [], until } = (method === 'tools/call' && params.arguments) || {}
  while (until && !existsSync(until)) await setTimeout(20)
  for (const message of messages) send(message)
  if (written) return process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${written}}\n`)
  if (outcome) return send({ id, ...outcome })
  const result = results[method]?.(params)
  send(result ? { id, result } : { id, error: { code: -32601, message: `Unknown: ${method}` } })
})

/**
 * A server on stdio that asks for input each time `again` is called, and once for `once`, and has tasks of others beside those it begins:
 * `node asking-server.mjs FOLDER`. The parameters of each request that could change something are a line of `got`.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const folder = process.argv[2]
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const note = (method, params) => appendFileSync(join(folder, 'got'), `${JSON.stringify({ method, ...params })}\n`)
const form = { mode: 'form', message: 'Which?', requestedSchema: { type: 'object', properties: {} } }
const asking = {
  resultType: 'input_required',
  inputRequests: { which: { method: 'elicitation/create', params: form } },
  requestState: 'theirs',
}
const done = { content: [{ type: 'text', text: 'done' }] }
const task = (taskId) => ({ taskId, status: 'working', createdAt: '2026-07-28T00:00:00Z', ttl: null })
const results = { again: asking, once: asking, peek: asking, plain: done, begin: { task: task('begun') } }
const tools = Object.keys(results).map((name) => ({ name, inputSchema: { type: 'object' } }))
const serverInfo = { name: 'asking', version: '1' }

const answers = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo }),
  'server/discover': () => ({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo }),
  'tools/list': () => ({ tools }),
  'tools/call': (params) => (params.name === 'once' && params.inputResponses ? done : results[params.name]),
  'tasks/list': () => ({ tasks: ['other', 'begun', 'more'].map(task) }),
  'tasks/get': ({ taskId }) => task(taskId),
  'tasks/result': () => done,
  'tasks/cancel': ({ taskId }) => task(taskId),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line)
  if (id === undefined) return
  if (method === 'tools/call' || method.startsWith('tasks/')) note(method, params)
  const result = answers[method]?.(params)
  send(result ? { id, result } : { id, error: { code: -32601, message: `Unknown: ${method}` } })
})

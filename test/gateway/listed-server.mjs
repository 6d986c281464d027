/**
 * A server on stdio of which all is in a folder: `node listed-server.mjs FOLDER`. Its tools are in `tools.json`, each with
 * its `answer` beside what is listed: a text, "hang", "flood" or "task". Each call is a line of `calls`.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const folder = process.argv[2]
const tools = () => JSON.parse(readFileSync(join(folder, 'tools.json'), 'utf8'))
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

function call(id, { name, arguments: args }) {
  appendFileSync(join(folder, 'calls'), `${JSON.stringify([name, args])}\n`)
  const { answer = 'done' } = tools().find((tool) => tool.name === name)
  if (answer === 'hang') return
  const at = '2026-07-28T00:00:00Z'
  const task = { taskId: 'theirs', status: 'working', createdAt: at, lastUpdatedAt: at, ttl: null }
  if (answer === 'task') return send({ id, result: { task } })
  const text = answer === 'flood' ? 'x'.repeat(9 * 1024 * 1024) : answer
  send({ id, result: { content: [{ type: 'text', text }] } })
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line)
  if (method === 'initialize') {
    const { protocolVersion } = params
    const serverInfo = { name: 'listed', version: '1' }
    send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } })
  } else if (method === 'tools/list') send({ id, result: { tools: tools().map(({ answer: _, ...tool }) => tool) } })
  else if (method === 'tools/call') call(id, params)
  else if (id !== undefined) send({ id, error: { code: -32601, message: `Unknown: ${method}` } })
})

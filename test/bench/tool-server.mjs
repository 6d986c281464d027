/** An MCP server on stdio that does next to nothing: two tools, which say when they were called, and a list of prompts. */
import { createInterface } from 'node:readline'

const RESULTS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, prompts: {} },
    serverInfo: { name: 'bench', version: '1' },
  }),
  'tools/list': () => ({
    tools: ['look', 'note'].map((name) => ({ name, description: name, inputSchema: { type: 'object' } })),
  }),
  'prompts/list': () => ({ prompts: [{ name: 'hello', description: 'Says hello' }] }),
  'tools/call': () => ({
    content: [{ type: 'text', text: String(performance.timeOrigin + performance.now()) }],
  }),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  const result = RESULTS[method]?.(params)
  const answer = result ? { result } : { error: { code: -32601, message: 'Unknown' } }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`)
})

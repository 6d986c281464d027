/** A server of the SDK on stdio: statements of SQL at DATABASE_URL, and the methods of HTTP. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import postgres from 'postgres'
import { z } from 'zod'

const server = new McpServer({ name: 'previewed', version: '1.0.0' })
const text = (words) => [{ type: 'text', text: words }]

const { DATABASE_URL } = process.env
if (DATABASE_URL) {
  const database = postgres(DATABASE_URL, { max: 1, onnotice: () => {} })
  server.registerTool('query', { inputSchema: { sql: z.string() } }, async ({ sql }) => ({
    content: text(JSON.stringify(await database.unsafe(sql).simple())),
  }))
} else {
  const call = async (method, { url, body }) => {
    const response = await fetch(url, { method, body })
    const result = { status: response.status, at: Date.now(), body: await response.text() }
    return { content: text(JSON.stringify(result)), structuredContent: result, isError: !response.ok }
  }
  for (const method of ['get', 'put', 'patch', 'delete']) {
    const inputSchema = { url: z.string(), body: z.string().optional() }
    server.registerTool(method, { inputSchema }, (args) => call(method.toUpperCase(), args))
  }
}

await server.connect(new StdioServerTransport())

/** A server of 2026-07-28 made with the SDK on stdio: `write` appends to the file `calls`, `careful` asks
 * before it does. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { acceptedContent, inputRequired, McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

const folder = process.argv[2]

serveStdio(() => {
  const server = new McpServer({ name: 'modern', version: '1.0.0' }, { instructions: 'Write with care.' })
  server.registerTool('write', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => {
    appendFileSync(join(folder, 'calls'), `${text}\n`)
    return { content: [{ type: 'text', text: 'written' }] }
  })
  server.registerTool('careful', { inputSchema: z.object({ text: z.string() }) }, ({ text }, context) => {
    const confirmation = z.object({ confirm: z.boolean() })
    const given = acceptedContent(context.mcpReq.inputResponses, 'confirm', confirmation)
    if (!given?.confirm) {
      const confirm = inputRequired.elicit({ message: 'Really?', requestedSchema: confirmation })
      return inputRequired({ inputRequests: { confirm } })
    }
    appendFileSync(join(folder, 'calls'), `${text}\n`)
    return { content: [{ type: 'text', text: 'carefully written' }] }
  })
  server.registerTool('look', { inputSchema: z.object({}) }, () => ({ content: [{ type: 'text', text: 'seen' }] }))
  return server
})

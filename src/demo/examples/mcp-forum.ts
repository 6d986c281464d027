/**
 * An MCP server as an executor: its tool publishes a post only with a token for exactly that post.
 *
 * For the TypeScript SDK 1.x; with 2.x `McpServer` comes from `@modelcontextprotocol/server`, and nothing else changes.
 */
import type { Verifier } from '@countersign/verifier'
import { approved } from '@countersign/verifier/mcp'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import * as z from 'zod'
import type { Post } from './help-forum.ts'

export function mcpForum(verifier: Verifier) {
  const posts: Post[] = []
  const server = new McpServer({ name: 'help-forum', version: '1.0.0' })
  server.registerTool(
    'post',
    {
      description: 'Publishes a reply in a thread of the help forum.',
      inputSchema: { thread: z.string(), text: z.string() },
    },
    approved(verifier, 'forum.post', {
      resource: ({ thread }: Post) => `forum:eng/threads/${thread}`,
      preview: ({ thread, text }) => ({ changes: [{ label: `Thread ${thread}`, before: null, after: text }] }),
      run: ({ thread, text }) => `Post ${posts.push({ thread, text })} is published in thread ${thread}.`,
    }),
  )
  return { posts, server }
}

/**
 * The Claude Agent SDK: the tool, and the options for its `query`, which let the agent post to the forum with consent.
 *
 * `query({ prompt, options: claudeOptions({ … }) })`.
 */
import type { AgentClient } from '@countersign/client'
import { consented } from '@countersign/client/claude-agent'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import * as z from 'zod'
import type { HelpForum } from './help-forum.ts'

export function claudeOptions(countersign: AgentClient, forum: HelpForum) {
  const { handler, matcher } = consented(countersign, {
    ...forum.call,
    tool: 'mcp__forum__post',
    onPending: ({ approvalUri }) => console.log(`Waiting for consent: ${approvalUri}`),
  })
  const instance = new McpServer({ name: 'forum', version: '1.0.0' })
  const description = 'Publishes a reply in a thread of the help forum. A person has to consent to each.'
  instance.registerTool('post', { description, inputSchema: { thread: z.string(), text: z.string() } }, handler)
  return {
    mcpServers: { forum: { type: 'sdk' as const, name: 'forum', instance } },
    hooks: { PreToolUse: [matcher] },
  }
}

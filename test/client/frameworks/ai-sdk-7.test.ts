/** The Vercel AI SDK 7: the same example and cases, and approvals that its caller decides on. */
import { consented } from '@countersign/client/ai-sdk'
import { generateText, isStepCount, tool } from 'ai-7'
import { MockLanguageModelV4 } from 'ai-7/test'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { helpdeskWorld, POST, watched } from './helpdesk-world.ts'

vi.mock('ai', () => import('ai-7'))
vi.mock('ai/test', () => import('ai-7/test'))
await import('./ai-sdk-cases.ts')

const world = await helpdeskWorld()

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

describe('a tool of version 7', () => {
  it('is what the example is made of here', async () => {
    expect((await import('ai')).generateText).toBe(generateText)
  })

  it.each(['approved', 'not-applicable'] as const)('does not run because its caller says %s', async (said) => {
    const { client, next } = watched(world.countersign)
    const forum = world.forum()
    const post = tool({
      description: 'Publishes a reply.',
      inputSchema: z.object({ thread: z.string(), text: z.string() }),
      ...consented(client, { ...forum.call, pause: true }),
    })
    const model = new MockLanguageModelV4({
      doGenerate: async () => ({
        content: [{ type: 'tool-call', toolCallId: `call-${said}`, toolName: 'post', input: JSON.stringify(POST) }],
        finishReason: { unified: 'tool-calls', raw: undefined },
        usage,
        warnings: [],
      }),
    })
    const messages = [{ role: 'user' as const, content: 'The router is stuck.' }]
    const answering = generateText({
      ...{ model, messages, tools: { post }, stopWhen: isStepCount(1) },
      toolApproval: { post: said },
    })
    await world.deny((await next()).id, 'Nobody asked')
    const { toolResults } = await answering
    expect(toolResults).toMatchObject([{ output: { refused: 'denied', approverWords: 'Nobody asked' } }])
    expect(forum.posts).toEqual([])
  })
})

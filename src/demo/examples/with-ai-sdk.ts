/**
 * The Vercel AI SDK: an agent that may post to the forum once a person has consented to exactly this post.
 *
 * `pause` ends the step while it waits, for chats that keep their messages; without it the tool call waits.
 */
import type { AgentClient } from '@countersign/client'
import { consented } from '@countersign/client/ai-sdk'
import { generateText, type LanguageModel, type ModelMessage, stepCountIs, tool } from 'ai'
import * as z from 'zod'
import type { HelpForum } from './help-forum.ts'

export interface Helpdesk {
  readonly model: LanguageModel
  readonly countersign: AgentClient
  readonly forum: HelpForum
  readonly pause?: boolean
  readonly signal?: AbortSignal
}

export function answerWithAiSdk(
  { model, countersign, forum, pause = false, signal }: Helpdesk,
  messages: ModelMessage[],
) {
  const post = tool({
    description: 'Publishes a reply in a thread of the help forum. A person has to consent to each.',
    inputSchema: z.object({ thread: z.string(), text: z.string() }),
    ...consented(countersign, {
      ...forum.call,
      reason: () => 'A customer asked for an answer',
      onPending: ({ approvalUri }) => console.log(`Waiting for consent: ${approvalUri}`),
      pause,
    }),
  })
  return generateText({
    model,
    messages,
    tools: { post },
    stopWhen: stepCountIs(4),
    ...(signal && { abortSignal: signal }),
  })
}

/**
 * OpenAI Agents JS: an agent that may post to the forum once a person has consented to exactly this post.
 *
 * `pause` interrupts the run while it waits; without it the tool call waits.
 */
import type { AgentClient } from '@countersign/client'
import { consented } from '@countersign/client/openai-agents'
import { Agent, type Model, tool } from '@openai/agents-core'
import * as z from 'zod'
import type { HelpForum } from './help-forum.ts'

export interface HelpdeskAgent {
  readonly model: Model
  readonly countersign: AgentClient
  readonly forum: HelpForum
  readonly pause?: boolean
}

export function helpdeskAgent({ model, countersign, forum, pause = false }: HelpdeskAgent) {
  const onPending = ({ approvalUri }: { readonly approvalUri: string }) =>
    console.log(`Waiting for consent: ${approvalUri}`)
  const post = tool({
    name: 'post',
    description: 'Publishes a reply in a thread of the help forum. A person has to consent to each.',
    parameters: z.object({ thread: z.string(), text: z.string() }),
    ...consented(countersign, { ...forum.call, onPending, pause }),
  })
  return new Agent({ name: 'Helpdesk', instructions: 'Answer in the forum.', model, tools: [post] })
}

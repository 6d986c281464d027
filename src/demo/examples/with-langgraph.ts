/**
 * LangGraph: a graph that pauses while a person decides whether exactly this post may be published.
 *
 * Resume the thread with `new Command({ resume: true })` once they have answered.
 */
import type { AgentClient } from '@countersign/client'
import { consented } from '@countersign/client/langchain'
import type { BaseMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt'
import * as z from 'zod'
import type { HelpForum } from './help-forum.ts'

export interface Helpdesk {
  readonly model: { readonly invoke: (messages: BaseMessage[]) => Promise<BaseMessage> }
  readonly countersign: AgentClient
  readonly forum: HelpForum
  /** False: the tool call waits instead. */
  readonly pause?: boolean
}

export function helpdeskGraph({ model, countersign, forum, pause = true }: Helpdesk) {
  const onPending = ({ approvalUri }: { readonly approvalUri: string }) =>
    console.log(`Waiting for consent: ${approvalUri}`)
  const post = tool(consented(countersign, { ...forum.call, onPending, ...(pause && { interrupt }) }), {
    name: 'post',
    description: 'Publishes a reply in a thread of the help forum. A person has to consent to each.',
    schema: z.object({ thread: z.string(), text: z.string() }),
  })
  return new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode('tools', new ToolNode([post], { handleToolErrors: false }))
    .addEdge(START, 'model')
    .addConditionalEdges('model', toolsCondition, ['tools', END])
    .addEdge('tools', 'model')
    .compile({ checkpointer: new MemorySaver() })
}

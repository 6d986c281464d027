/** The example with LangGraph and a scripted model: the body is entered twice and runs once, and never without consent. */
import { randomUUID } from 'node:crypto'
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { Command } from '@langchain/langgraph'
import { expect, it } from 'vitest'
import { helpdeskGraph } from '../../../src/demo/examples/with-langgraph.ts'
import { expectEndings, helpdeskWorld, POST, watched } from './helpdesk-world.ts'

const world = await helpdeskWorld()

/** Calls the tool once, then says `Done.` */
function scripted() {
  const call = { id: `call-${randomUUID()}`, name: 'post', args: POST }
  const invoke = async (messages: BaseMessage[]) =>
    messages.at(-1) instanceof ToolMessage ? new AIMessage('Done.') : new AIMessage({ content: '', tool_calls: [call] })
  return { invoke }
}

function helpdesk(pause = true) {
  const { client: countersign, next, count } = watched(world.countersign)
  const forum = world.forum()
  const graph = helpdeskGraph({ model: scripted(), countersign, forum, pause })
  const thread = { configurable: { thread_id: randomUUID() } }
  const ask = () => graph.invoke({ messages: [{ role: 'user', content: 'The router is stuck.' }] }, thread)
  const resume = () => graph.invoke(new Command({ resume: { approved: true } }), thread)
  return { graph, thread, ask, resume, forum, next, count }
}

const resultIn = ({ messages }: { readonly messages: readonly BaseMessage[] }) => {
  const { content } = messages.find((message) => message instanceof ToolMessage) ?? {}
  return content
}
const refusalIn = (state: { readonly messages: readonly BaseMessage[] }) => JSON.parse(`${resultIn(state)}`)

it('pauses, and runs once after the resumption', async () => {
  const { ask, resume, forum, next, count } = helpdesk()
  await ask()
  expect(forum.posts).toEqual([])
  await world.consent((await next()).id)
  expect(resultIn(await resume())).toMatch(/^Post 1 is published/)
  expect(forum.posts).toEqual([POST])
  expect(count()).toBe(1)
})

it('spends the consent once, when the thread is resumed from its interruption again', async () => {
  const { graph, thread, ask, resume, forum, next } = helpdesk()
  await ask()
  const interrupted = (await graph.getState(thread)).config
  await world.consent((await next()).id)
  await resume()
  const again = await graph.invoke(new Command({ resume: true }), interrupted)
  expect(refusalIn(again)).toMatchObject({ refused: 'executor', code: 'token_redeemed' })
  expect(forum.posts).toEqual([POST])
})

it('does not run because the resumption says so', async () => {
  const { ask, resume, forum, next } = helpdesk()
  await ask()
  const resuming = resume()
  await world.deny((await next()).id, 'Nobody asked')
  expect(refusalIn(await resuming)).toMatchObject({ refused: 'denied', approverWords: 'Nobody asked' })
  expect(forum.posts).toEqual([])
})

it('asks again for arguments that were changed in the state after the consent', async () => {
  const { graph, thread, ask, resume, forum, next } = helpdesk()
  const { messages } = await ask()
  await world.consent((await next()).id)
  const calling = messages.at(-1)
  if (!(calling instanceof AIMessage)) throw new Error('No call')
  const [call] = calling.tool_calls ?? []
  const args = { ...POST, text: 'Throw it away.' }
  const changed = new AIMessage({
    id: calling.id ?? '',
    content: '',
    tool_calls: [{ id: call?.id ?? '', name: 'post', args }],
  })
  await graph.updateState(thread, { messages: [changed] }, 'model')
  const resuming = resume().then(async () => resume())
  await world.deny((await next()).id, 'Not this')
  expect(refusalIn(await resuming)).toMatchObject({ refused: 'denied', approverWords: 'Not this' })
  expect(forum.posts).toEqual([])
})

it('does not run a denied call that something else sends to the tools again, as approved', async () => {
  const { graph, thread, ask, resume, forum, next, count } = helpdesk()
  await ask()
  const interrupted = (await graph.getState(thread)).config
  await world.deny((await next()).id, 'Not today')
  const denied = { refused: 'denied', approverWords: 'Not today' }
  expect(refusalIn(await resume())).toMatchObject(denied)
  const again = await graph.invoke(new Command({ resume: { approved: true } }), interrupted)
  expect(refusalIn(again)).toMatchObject(denied)
  expect(forum.posts).toEqual([])
  expect(count()).toBe(1)
})

it('waits where it does not pause, and tells withdrawn, expired and stopped apart', async () => {
  await expectEndings(world, () => helpdesk(false), refusalIn)
})

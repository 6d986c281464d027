/** The example with OpenAI Agents JS and a scripted model: nothing runs without consent, whatever the run's state says. */
import { randomUUID } from 'node:crypto'
import { type Model, Runner, RunState, Usage } from '@openai/agents-core'
import { expect, it, vi } from 'vitest'
import { helpdeskAgent } from '../../../src/demo/examples/with-openai-agents.ts'
import { expectEndings, helpdeskWorld, POST, watched } from './helpdesk-world.ts'

const world = await helpdeskWorld()

const runner = new Runner({ tracingDisabled: true })

/** Calls the tool once, then repeats the tool's result as its answer. */
function scripted(): Model {
  const call = { type: 'function_call', callId: randomUUID(), name: 'post', status: 'completed' } as const
  return {
    async getResponse({ input }) {
      const last = typeof input === 'string' ? undefined : input.at(-1)
      if (last?.type !== 'function_call_result')
        return { usage: new Usage(), output: [{ ...call, arguments: JSON.stringify(POST) }] }
      const { output } = last
      const text = typeof output === 'object' && 'text' in output ? output.text : JSON.stringify(output)
      const content = [{ type: 'output_text' as const, text }]
      return { usage: new Usage(), output: [{ type: 'message', role: 'assistant', status: 'completed', content }] }
    },
    getStreamedResponse() {
      throw new Error('Nothing streams here')
    },
  }
}

function helpdesk(pause = true) {
  const { client: countersign, next, count } = watched(world.countersign)
  const forum = world.forum()
  const agent = helpdeskAgent({ model: scripted(), countersign, forum, pause })
  const ask = (signal?: AbortSignal) => runner.run(agent, 'The router is stuck.', signal && { signal })
  /** Approves whatever waits in a state that was kept as text. */
  async function resume(kept: string) {
    const state = await RunState.fromString(agent, kept)
    for (const interruption of state.getInterruptions()) state.approve(interruption)
    return runner.run(agent, state)
  }
  return { ask, resume, forum, next, count }
}

const refusalIn = ({ finalOutput }: { readonly finalOutput?: unknown }) => JSON.parse(`${finalOutput}`)

it('interrupts the run, and runs once after the resumption', async () => {
  const { ask, resume, forum, next, count } = helpdesk()
  const { interruptions, state } = await ask()
  expect(interruptions).toHaveLength(1)
  await world.consent((await next()).id)
  const kept = state.toString()
  expect((await resume(kept)).finalOutput).toMatch(/Post 1 is published/)
  expect(forum.posts).toEqual([POST])
  expect(refusalIn(await resume(kept))).toMatchObject({ refused: 'executor', code: 'token_redeemed' })
  expect(forum.posts).toEqual([POST])
  expect(count()).toBe(1)
})

it('does not run because the state says that it was approved', async () => {
  const { ask, resume, forum, next } = helpdesk()
  const { state } = await ask()
  const resuming = resume(state.toString())
  await world.deny((await next()).id, 'Nobody asked')
  expect(refusalIn(await resuming)).toMatchObject({ refused: 'denied', approverWords: 'Nobody asked' })
  expect(forum.posts).toEqual([])
})

it('does not run a denied call that something else has approved in the state', async () => {
  const { ask, resume, forum, next, count } = helpdesk()
  const { state } = await ask()
  await world.deny((await next()).id, 'Not today')
  expect(refusalIn(await resume(state.toString()))).toMatchObject({ refused: 'denied', approverWords: 'Not today' })
  expect(forum.posts).toEqual([])
  expect(count()).toBe(1)
})

it('runs once, when one state is resumed several times at once', async () => {
  const { ask, resume, forum, next } = helpdesk()
  const { state } = await ask()
  await world.consent((await next()).id)
  const kept = state.toString()
  await Promise.all([resume(kept), resume(kept), resume(kept)])
  expect(forum.posts).toEqual([POST])
})

it('withdraws the request when the run is aborted', async () => {
  const controller = new AbortController()
  const { ask, forum, next } = helpdesk(false)
  const asking = ask(controller.signal).catch(() => {})
  const { id } = await next()
  controller.abort()
  await asking
  await vi.waitFor(async () => expect((await world.countersign.view(id)).state).toBe('withdrawn'))
  expect(forum.posts).toEqual([])
})

it('asks again for arguments that were changed in the state after the consent', async () => {
  const { ask, resume, forum, next } = helpdesk()
  const { state } = await ask()
  await world.consent((await next()).id)
  const resuming = resume(state.toString().replaceAll(POST.text, 'Throw it away.'))
  await world.deny((await next()).id, 'Not this')
  expect(refusalIn(await resuming)).toMatchObject({ refused: 'denied', approverWords: 'Not this' })
  expect(forum.posts).toEqual([])
})

it('waits where it does not pause, and tells withdrawn, expired and stopped apart', async () => {
  await expectEndings(world, () => helpdesk(false), refusalIn)
})

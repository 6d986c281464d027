/** Queue workers: a message runs its action once, and is settled so that nothing is lost and nothing runs twice. */
import { approvedWork } from '@countersign/verifier/queue'
import { expect, test } from 'vitest'
import { ACTION, createWorld } from './world.ts'

const world = await createWorld()
const args = { thread: '42', text: 'hi' }
const definition = (ran: unknown[]) => ({
  resource: ({ thread }: typeof args) => `forum:eng/threads/${thread}`,
  run: (given: typeof args) => ran.push(given),
})
const message = (content: unknown) => new TextEncoder().encode(JSON.stringify(content))
const mint = () => world.mint({ action: { ...ACTION, arguments: args } })

test('a message that is delivered twice runs once', async () => {
  const ran: unknown[] = []
  const handle = approvedWork(world.verifier(), 'forum.post', definition(ran))
  const carried = message({ approval_token: await mint(), arguments: args })
  expect(await handle(carried)).toEqual({ settle: 'done', value: 1 })
  expect(await handle(carried)).toMatchObject({ settle: 'reject', error: { code: 'token_redeemed' } })
  expect(ran).toEqual([args])
})

test.each([
  ['no token', { arguments: args }, 'token_missing'],
  ['another’s arguments', { approval_token: await mint(), arguments: { ...args, text: 'ho' } }, 'action_mismatch'],
  ['no arguments', { approval_token: await mint() }, 'invalid_request'],
  ['a token that is none', { approval_token: 7, arguments: args }, 'token_malformed'],
])('a message with %s is rejected', async (_, content, code) => {
  const ran: unknown[] = []
  const handle = approvedWork(world.verifier(), 'forum.post', definition(ran))
  expect(await handle(message(content))).toMatchObject({ settle: 'reject', error: { code } })
  expect(ran).toEqual([])
})

test('a message waits for an authority that is away, and is kept where its action failed', async () => {
  const carried = message({ approval_token: await mint(), arguments: args })
  const away = world.verifier({ fetch: () => Promise.reject(new TypeError('away')) })
  expect(await approvedWork(away, 'forum.post', definition([]))(carried)).toMatchObject({ settle: 'retry' })
  const failing = approvedWork(world.verifier(), 'forum.post', {
    ...definition([]),
    run: () => {
      throw new RangeError('disk full')
    },
  })
  expect(await failing(carried)).toMatchObject({ settle: 'reject', error: { message: 'disk full' } })
})

test('a broker with messages of its own kind says where the token is', async () => {
  const ran: unknown[] = []
  const handle = approvedWork(world.verifier(), 'forum.post', {
    ...definition(ran),
    read: (given: { headers: { token: string }; body: typeof args }) => ({
      token: given.headers.token,
      args: given.body,
    }),
  })
  expect(await handle({ headers: { token: await mint() }, body: args })).toMatchObject({ settle: 'done' })
  expect(ran).toEqual([args])
})

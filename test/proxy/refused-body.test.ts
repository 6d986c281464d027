/** A client that still sends its body reads the refusal, and no broken connection. */
import { afterAll, expect, it } from 'vitest'
import { createWorld } from '../verifier/world.ts'
import { startGround, tokenFor } from './ground.ts'

const world = await createWorld()
const ground = await startGround(world.verifier())
afterAll(() => ground.close())

const TOO_LONG = 'a'.repeat(8_000_000)

it.each([
  ['that is too long', '/posts', true, 413],
  ['that nobody reads for want of a token', '/posts', false, 401],
  ['of a call that no route takes', '/nowhere', true, 404],
])('of a body %s', async (_, path, hasToken, status) => {
  const token = await tokenFor(world, 'forum.post', { method: 'POST', path: '/posts' })
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${TOO_LONG.length}\r\n`
  const answer = await ground.raw(`${head}${hasToken ? `authorization: Bearer ${token}\r\n` : ''}\r\n${TOO_LONG}`)
  expect(answer.slice(0, 13)).toBe(`HTTP/1.1 ${status} `)
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status })
  expect(ground.seen).toEqual([])
})

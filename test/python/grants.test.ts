/** Grants and idempotency from Python: an agent with a key of its own, and an executor that holds each call to the bounds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ground, SHOP, startGround } from '../grants/ground.ts'
import { python, startPython } from '../setup/python.ts'

describe.skipIf(python === undefined)('a grant, asked for and used in Python', () => {
  let ground: Ground
  beforeAll(async () => {
    ground = await startGround()
    await ground.authority.listen()
  })
  afterAll(() => ground.authority.stop())

  it('lets the calls run that fit, once each, with a proof each, and no others', async () => {
    const file = new URL('./grant_session.py', import.meta.url).pathname
    const session = startPython(file, [ground.authority.config.origin, SHOP], {
      AGENT_CREDENTIAL: ground.agentSecret,
      EXECUTOR_CREDENTIAL: ground.shop.credential,
    })
    expect(await session.line()).toBe('same request: True')
    expect(await session.line()).toBe('withdrawn: withdrawn')
    expect(await session.line()).toBe('collected too early: request_pending')
    const [, id = ''] = (await session.line()).split('grant: ')
    expect(await ground.ada.consent(id)).toMatchObject({ ok: true })
    expect(await session.line()).toBe('answered: approved')
    expect(await session.line()).toBe('outside it: action_mismatch')
    for (const [at, path] of ['src/a', 'src/b'].entries()) {
      expect(await session.line()).toBe(`${path} without a proof of its own: proof_of_possession`)
      expect(await session.line()).toBe(`${path} as another call: action_mismatch`)
      expect(await session.line()).toBe(`${path}: ${at + 1}, then proof_of_possession`)
    }
    expect(await session.line()).toBe("beyond it: pending, ran ['src/a', 'src/b']")
  })
})

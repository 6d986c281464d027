/** Grants through the real HTTP application: a person consents once, and a bounded series of calls runs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { ask, type Ground, grant, present, startGround, tokenFor, writing } from './ground.ts'

describe.each(['pglite', 'postgres'] as const)('a grant on %s', (database) => {
  let ground: Ground
  beforeAll(async () => {
    ground = await startGround({ database })
  })
  afterAll(() => ground.authority.stop())

  it('lets as many calls through as a person consented to, each once, and asks them again after that', async () => {
    const id = await grant(ground, { uses: 2 })
    for (const path of ['src/a.ts', 'src/b/c.ts']) {
      const call = writing(path)
      const token = await tokenFor(ground, call)
      const approval = await present(ground, token, call)
      expect(approval).toMatchObject({ origin: 'human', approvers: [ground.ada.id] })
      await expect(present(ground, token, call)).rejects.toMatchObject({ code: 'token_redeemed' })
    }
    expect(mustSucceed(await ask(ground, writing('src/d.ts')))).toMatchObject({ state: 'pending' })
    const seen = mustSucceed(await ground.agent.call('viewRequest', { params: { id } }))
    expect(seen).toMatchObject({ state: 'approved', used: 2, bounds: { uses: 2 } })
  })

  it('asks a person for a call outside its bounds', async () => {
    await grant(ground)
    for (const call of [writing('lib/a.ts'), writing('src/../a.ts'), writing('src/a.ts', { mode: 7 })])
      expect(mustSucceed(await ask(ground, call))).toMatchObject({ state: 'pending' })
  })
})

/** A module that is first needed after the files of the running version were replaced: said in words, with a next step. */
import { expect, it } from 'vitest'
import { startCast } from './cast.ts'

it('is 503 with the next step', async () => {
  const gone = Object.assign(new Error('Cannot find module'), { code: 'ERR_MODULE_NOT_FOUND' })
  let isReplaced = false
  const cast = await startCast({
    withStore: (store) => ({
      ...store,
      listGroups: () => (isReplaced ? Promise.reject(gone) : store.listGroups()),
    }),
  })
  isReplaced = true
  const refused = await cast.authority.operator.call('listGroups')
  expect(refused).toMatchObject({
    ok: false,
    problem: { code: 'authority_unreachable', detail: expect.stringContaining('Its operator has to restart it.') },
  })
  await cast.authority.stop()
})

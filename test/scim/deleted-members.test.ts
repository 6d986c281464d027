/** Nobody who was deleted stays in a group of a directory, whichever of two calls comes first. */
import type { JsonObject } from '@countersign/verifier'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Cast, startCast } from '../http/cast.ts'
import { administer } from '../setup/authority.ts'
import { createGroup, createUser, FINANCE, patch, type Scim, startDirectory } from './ground.ts'

let cast: Cast
let scim: Scim
/** What another call does between the reading and the writing of one. */
let meanwhile: (() => Promise<unknown>) | null
beforeEach(async () => {
  meanwhile = null
  cast = await startCast({
    withStore: (store) => ({
      ...store,
      async writeProvisioned(write) {
        const first = meanwhile
        meanwhile = null
        await first?.()
        return store.writeProvisioned(write)
      },
    }),
  })
  scim = await startDirectory(cast)
})
afterEach(() => cast.authority.stop())

const membersOf = async () => (await cast.authority.store.group('finance'))?.members
const add = (group: string, id: string) =>
  scim('PATCH', `/Groups/${group}`, patch({ op: 'add', path: 'members', value: [{ value: id }] }))

it('a deletion that read no membership ends one that was written meanwhile', async () => {
  const [kim, fay] = [await createUser(scim, 'kim@example.com'), await createUser(scim, 'fay@example.com')]
  const group = await createGroup(scim, [kim])
  meanwhile = async () => expect((await add(group, fay)).status).toBeLessThan(300)
  expect((await scim('DELETE', `/Users/${fay}`)).status).toBe(204)
  expect(await membersOf()).toEqual([kim])
})

it('a membership of somebody who was deleted meanwhile is refused', async () => {
  const [kim, fay] = [await createUser(scim, 'kim@example.com'), await createUser(scim, 'fay@example.com')]
  const group = await createGroup(scim, [kim])
  meanwhile = async () => expect((await scim('DELETE', `/Users/${fay}`)).status).toBe(204)
  expect((await add(group, fay)).status).toBe(400)
  expect(await membersOf()).toEqual([kim])
})

it('both at the same moment leave nobody behind', async () => {
  const kim = await createUser(scim, 'kim@example.com')
  const group = await createGroup(scim, [kim])
  for (let round = 0; round < 5; round++) {
    const fay = await createUser(scim, `fay${round}@example.com`)
    await Promise.all([add(group, fay), scim('DELETE', `/Users/${fay}`)])
    if ((await scim('GET', `/Users/${fay}`)).status === 404) expect(await membersOf()).not.toContain(fay)
  }
})

it('a group that an approved change gives to a directory has nobody left who was deleted meanwhile', async () => {
  const [kim, fay] = [await createUser(scim, 'kim@example.com'), await createUser(scim, 'fay@example.com')]
  await createGroup(scim, [kim, fay])
  const keep = async (groups: readonly object[]) => {
    const { version } = (await cast.authority.store.directory('entra')) ?? { version: 0 }
    await administer(cast.authority, cast.ada, {
      name: 'countersign.directory.update',
      resource: 'directory:entra',
      arguments: { name: 'entra', version, groups: groups as JsonObject[] },
    })
  }
  await keep([])
  expect((await scim('DELETE', `/Users/${fay}`)).status).toBe(204)
  expect(await membersOf()).toEqual([kim, fay])
  await keep([FINANCE])
  expect(await membersOf()).toEqual([kim])
  expect(cast.authority.services.findings()).toEqual([])
})

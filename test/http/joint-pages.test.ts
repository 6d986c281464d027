/** The pages of an authority that reads jointly say what those of one say that reads one by one. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startAuthority } from '../setup/authority.ts'
import { type Cast, propose, startCast } from './cast.ts'
import { cookieFor } from './refusals.ts'
import { type WatchedAuthority, watch } from './watch.ts'

let cast: Cast
let second: WatchedAuthority
let request: string
beforeAll(async () => {
  cast = await startCast()
  const { config, databaseUrl } = cast.authority
  // A store that is replaced is not read jointly.
  const settings = { COUNTERSIGN_ORIGIN: config.origin }
  second = watch(await startAuthority({ databaseUrl: String(databaseUrl), settings, withStore: (store) => store }))
  request = (await propose(cast.agent)).id
  await propose(cast.otherAgent)
  await cast.authority.services.ledger.advance()
})
afterAll(async () => {
  await second.stop()
  await cast.authority.stop()
})

it.each(['/', '/approve/REQUEST', '/requests/REQUEST', '/ledger', '/people', '/agents', '/kill'])(
  '%s',
  async (path) => {
    const headers = { accept: 'text/html', cookie: await cookieFor(cast, cast.ada) }
    const address = `${cast.authority.config.origin}${path.replace('REQUEST', request)}`
    const textOf = async ({ fetch }: WatchedAuthority) => {
      const answer = await fetch(address, { headers })
      expect(answer.status).toBe(200)
      return answer.text()
    }
    // Both within the same second.
    await expect
      .poll(async () => (await textOf(cast.authority)) === (await textOf(second)), { timeout: 10_000 })
      .toBe(true)
  },
)

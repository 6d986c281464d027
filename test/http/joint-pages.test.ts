/** The pages of an authority that reads jointly say what those of one say that reads one by one. */
import postgres from 'postgres'
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

it('are read while ledger pages wait for a locked table', async () => {
  const { config, databaseUrl, fetch } = cast.authority
  const headers = { accept: 'text/html', cookie: await cookieFor(cast, cast.ada) }
  const page = (path: string) => fetch(`${config.origin}${path}`, { headers })
  const sql = postgres(String(databaseUrl), { max: 2, onnotice: () => {} })
  const locked = await sql.reserve()
  await locked`begin`
  await locked`lock table activity in access exclusive mode`
  try {
    const ended: string[] = []
    const ledgers = Array.from({ length: 8 }, () => page('/ledger').then(() => ended.push('ledger')))
    const held = async () => {
      const [row] =
        await sql`select count(*)::int as held from pg_locks where not granted and relation = 'activity'::regclass`
      return row?.['held']
    }
    await expect.poll(held, { timeout: 10_000 }).toBe(2)
    for (const path of ['/', `/approve/${request}`, '/kill']) expect((await page(path)).status).toBe(200)
    expect(await held()).toBe(2)
    expect(ended).toEqual([])
    await locked`commit`
    await Promise.all(ledgers)
  } finally {
    locked.release()
    await sql.end()
  }
})

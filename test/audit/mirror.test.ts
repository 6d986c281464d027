/** A copy that is continued run by run: each text of a token once, also of one that ended behind those already copied. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { httpSource, type LogSource } from '../../src/audit/log/source.ts'
import { SERVED_AFTER_SECONDS } from '../../src/audit/tokens/reconcile.ts'
import { folderSource } from '../../src/cli/audit/audit-folder.ts'
import { mirror } from '../../src/cli/audit/audit-mirror.ts'
import { type Cast, credentialFor, startCast } from '../http/cast.ts'
import { settle } from '../ledger/ground.ts'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'

let cast: Cast
let source: LogSource
let folder: string
beforeAll(async () => {
  cast = await startCast()
  const { authority } = cast
  const credential = await credentialFor(authority, cast.ada, 'auditor', 'revision')
  const fetchFrom = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
  source = httpSource({ url: authority.config.origin, fetch: fetchFrom, credential })
  folder = mkdtempSync(join(tmpdir(), 'countersign-copy-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await cast.authority.stop()
})

async function token(): Promise<string> {
  const opened = await cast.agent.propose({ body: { audience: FORUM, action: postAction('', { name: 'forum.read' }) } })
  return mustSucceed(opened).token ?? ''
}

const redeem = async (text: string) =>
  void mustSucceed(await cast.forum.client.call('redeem', { body: { token: text } }))

const jtiOf = (text: string): string => JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()).jti

/** The tokens in the copy after another run. */
async function copied(): Promise<readonly string[]> {
  const { authority } = cast
  await settle(authority.services.ledger, authority.store)
  await mirror({ source, folder, now: authority.now(), onProgress: () => {} })
  const { artifacts } = folderSource(folder)
  const jtis: string[] = []
  let cursor: string | null = null
  do {
    const page = await artifacts(cursor)
    jtis.push(...page.lines.map((line) => JSON.parse(line).jti))
    cursor = page.next
  } while (cursor !== null)
  return jtis
}

it('takes texts that are none, in every run', async () => {
  const odd = [null, 7, { claims: { iat: 1 } }, { index: 'x', claims: { iat: 1 } }]
  const lines = odd.map((text) => JSON.stringify(text))
  const hostile = { ...source, artifacts: async () => ({ lines, next: null }) }
  const own = mkdtempSync(join(tmpdir(), 'countersign-copy-'))
  await settle(cast.authority.services.ledger, cast.authority.store)
  for (let run = 0; run < 2; run++) {
    await mirror({ source: hostile, folder: own, now: cast.authority.now(), onProgress: () => {} })
    expect((await folderSource(own).artifacts(null)).lines).toEqual(lines)
  }
  rmSync(own, { recursive: true })
})

it('has a token that was alive when later ones had been spent', async () => {
  const before = await copied()
  const [unspent, spent] = [await token(), await token()]
  await redeem(spent)
  expect(await copied()).toEqual([...before, jtiOf(spent)])
  expect(await copied()).toEqual([...before, jtiOf(spent)])
  cast.authority.advance(SERVED_AFTER_SECONDS - 30)
  const late = await token()
  await redeem(late)
  const all = [...before, ...[unspent, spent, late].map(jtiOf)]
  expect(await copied()).toEqual(all)
  cast.authority.advance(60)
  expect(await copied()).toEqual(all)
  expect(await copied()).toEqual(all)
})

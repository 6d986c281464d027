/**
 * Engages kill switches as the authority does, revocations, entries and all, in a process that serves nobody else.
 *
 * In: DATABASE_URL and ORIGIN of a running authority; a selector a call. Out: a port of its own choice; of each switch its
 * id, and by the machine's steady clock when its COMMIT was about to be sent.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { createLimits } from '../../src/authority/compose.ts'
import { parseConfig } from '../../src/authority/config.ts'
import { engage } from '../../src/authority/stop/engage.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { steadyMs } from './harness.ts'
import { SILENT } from './silent.ts'

const BY = { kind: 'operator', credentialId: 'bench', subject: 'bench' } as const

const { DATABASE_URL = '', ORIGIN = '' } = process.env
let committedAt: number | undefined
// The first transaction engages the switch; what follows it ends what was under way.
const committing = () => {
  committedAt ??= steadyMs()
}
const config = parseConfig({ COUNTERSIGN_ORIGIN: ORIGIN })
const deps = {
  ...{
    config,
    store: createStore(timed(connectPostgres(DATABASE_URL)), []),
    log: SILENT,
    limits: createLimits(config),
  },
  now: () => Math.floor(Date.now() / 1000),
  nowMs: () => Date.now(),
  randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
}

const server = createServer(async (request, response) => {
  committedAt = undefined
  const engaged = await engage(deps, BY, { selector: await json(request), reason: 'A bench' })
  if (!engaged.ok || committedAt === undefined) response.writeHead(500).end()
  else response.end(JSON.stringify({ id: engaged.value.id, committedAt }))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }))

function timed(database: Database): Database {
  return {
    ...database,
    transaction: (work) =>
      database.transaction(async (transaction) => {
        const done = await work(transaction)
        committing()
        return done
      }),
  }
}

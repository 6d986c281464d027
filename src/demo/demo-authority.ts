/** An authority of the demo's own: on localhost, with its keys and its database in a temporary folder. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../cli/exit.ts'
import { startServer } from '../node/server.ts'

export interface DemoAuthority {
  readonly origin: string
  readonly operatorCredential: string
  /** The one-time link of the first admin. */
  readonly enrolmentLink: string
  readonly stop: () => Promise<void>
}

/** Long enough that what the story leaves behind can still be looked at. */
const TOKEN_TTL_SECONDS = '600'

/** `port` 0 takes a free one: the origin has to be known before anything listens. Default database: PGlite. */
export async function startDemoAuthority(port: number, databaseUrl?: string): Promise<DemoAuthority> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const server = await startServer({
      COUNTERSIGN_ORIGIN: `http://localhost:${port || (await freePort())}`,
      COUNTERSIGN_DATA_DIR: folder,
      DATABASE_URL: databaseUrl,
      COUNTERSIGN_LOG_LEVEL: 'silent',
      COUNTERSIGN_TOKEN_TTL_SECONDS: TOKEN_TTL_SECONDS,
      COUNTERSIGN_OPERATOR_CREDENTIAL: `cs_operator_${randomBytes(32).toString('base64url')}`,
    })
    const { url: origin, operatorCredential, bootstrapLink } = server
    if (bootstrapLink === null) throw new TypeError('An empty authority has an admin already.')
    return { origin, operatorCredential, enrolmentLink: bootstrapLink, stop: () => server.stop().finally(remove) }
  } catch (cause) {
    remove()
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    throw taken ? new Failure('usage', `Port ${port} is in use. Choose another with --port.`, 2, { cause }) : cause
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost')
  await once(probe, 'listening')
  const address = probe.address()
  await once(probe.close(), 'close')
  return typeof address === 'object' && address ? address.port : 0
}

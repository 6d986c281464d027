/**
 * A lock on the data directory, since a second process would overwrite what the first one acknowledged: a socket in the
 * directory, which answers exactly as long as its process lives.
 */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ConfigError } from '../authority/config.ts'

/** The longest socket path that works on every system. */
const MAX_PATH_BYTES = 100
const SETTLE_MS = 25

export async function holdDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'lock')
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ConfigError(`COUNTERSIGN_DATA_DIR: ${dataDir} is too long a path. Give a shorter or a relative one.`)
  }
  const token = `${process.pid} ${randomUUID()}`
  const server = (await listenOn(path, token)) ?? (await takeOver(path, dataDir, token))
  // When two processes take over at once, the later one replaces the socket of the earlier, which notices here.
  await pause(SETTLE_MS)
  if ((await holderOf(path)) !== token) {
    server.close()
    throw heldBy(dataDir, 'another process')
  }
  return () => new Promise((resolve) => server.close(() => resolve()))
}

async function takeOver(path: string, dataDir: string, token: string): Promise<Server> {
  const holder = await holderOf(path)
  if (holder !== undefined) throw heldBy(dataDir, `process ${holder.split(' ')[0]}`)
  await rm(path, { force: true })
  const server = await listenOn(path, token)
  if (!server) throw heldBy(dataDir, 'another process')
  return server
}

const heldBy = (dataDir: string, holder: string) =>
  new ConfigError(
    `${dataDir} is in use by ${holder}. Stop it first, or set DATABASE_URL to run several on one database.`,
  )

/** Undefined where the path is taken, by a living process or by the remains of a dead one. */
function listenOn(path: string, token: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.on('error', () => {}).end(token))
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(path, () => resolve(server.unref()))
  })
}

function holderOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = ''
    createConnection(path)
      .setEncoding('utf8')
      .on('data', (part) => {
        said += part
      })
      .on('end', () => resolve(said))
      .on('error', () => resolve(undefined))
  })
}

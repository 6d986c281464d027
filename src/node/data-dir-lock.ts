/**
 * A lock on the data directory, since a second process would overwrite what the first one acknowledged.
 *
 * A socket in the directory answers while its holder lives. On Linux a second, abstract socket, named by the identity
 * of the directory, holds the lock even if that file is removed. The holder checks the file before each statement, and
 * stops where it is not its own.
 */
import { randomUUID } from 'node:crypto'
import { type Stats, statSync } from 'node:fs'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ConfigError } from '../authority/config.ts'

/** The longest socket path that works on every system. */
const MAX_PATH_BYTES = 100
const SETTLE_MS = 25
const ANSWER_MS = 2000
const LOOK_EVERY_MS = 1000

export interface DataDirLock {
  /** Calls `onLost` once the directory may be held by another process. */
  readonly assertHeld: () => void
  readonly release: () => Promise<void>
}

/** Called with the reason; must not return. */
type OnLost = (reason: string) => never

/** Throws a `ConfigError` that names the process that holds the directory. */
export async function holdDataDir(dataDir: string, onLost: OnLost): Promise<DataDirLock> {
  const path = join(dataDir, 'lock')
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ConfigError(`COUNTERSIGN_DATA_DIR: ${dataDir} is too long a path. Give a shorter or a relative one.`)
  }
  const token = `${process.pid} ${randomUUID()}`
  const guard = await holdIdentity(dataDir, token)
  try {
    const server = await holdFile(path, dataDir, token)
    await writeFile(holderFile(dataDir), token, { mode: 0o600 })
    return watched(path, dataDir, [server, ...guard], onLost)
  } catch (error) {
    for (const server of guard) server.close()
    throw error
  }
}

async function holdFile(path: string, dataDir: string, token: string): Promise<Server> {
  const server = (await listenOn(path, token)) ?? (await takeOver(path, dataDir, token))
  // When two processes take over at once, the later one replaces the socket of the earlier, which notices here.
  await pause(SETTLE_MS)
  if ((await answerOf(path)) === token) return server
  server.close()
  throw heldBy(dataDir, 'another process')
}

/** Abstract sockets exist on Linux alone. */
async function holdIdentity(dataDir: string, token: string): Promise<readonly Server[]> {
  if (process.platform !== 'linux') return []
  const { dev, ino } = await stat(dataDir)
  const name = `\0countersign ${dev} ${ino}`
  const server = await listenOn(name, token)
  if (server === undefined) throw await heldByWhomAnswers(name, dataDir)
  return [server]
}

async function takeOver(path: string, dataDir: string, token: string): Promise<Server> {
  if ((await answerOf(path)) !== undefined) throw await heldByWhomAnswers(path, dataDir)
  await rm(path, { force: true })
  const server = await listenOn(path, token)
  if (!server) throw heldBy(dataDir, 'another process')
  return server
}

/** Its token names the last holder, also while that is frozen and answers nothing. */
const holderFile = (dataDir: string) => join(dataDir, 'lock-holder')

async function heldByWhomAnswers(path: string, dataDir: string): Promise<ConfigError> {
  const answer = (await answerOf(path)) || undefined
  const [pid = ''] = (answer ?? (await readFile(holderFile(dataDir), 'utf8').catch(() => ''))).split(' ')
  if (answer !== undefined) return heldBy(dataDir, `process ${pid}`)
  const mend = /^\d+$/.test(pid) ? ` Resume it with kill -CONT ${pid}, or end it with kill -KILL ${pid}.` : ''
  return new ConfigError(`${dataDir} is in use by process ${pid || 'unknown'}, which does not answer.${mend}`)
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

/** The holder's token: its process id and a random id. Empty for a frozen holder, undefined where there is none. */
function answerOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = ''
    const socket = createConnection(path)
      .setEncoding('utf8')
      .setTimeout(ANSWER_MS, () => socket.destroy())
      .on('data', (part) => {
        said += part
      })
      .on('close', (failed) => failed || resolve(said))
      .on('error', () => resolve(undefined))
  })
}

function watched(path: string, dataDir: string, servers: readonly Server[], onLost: OnLost): DataDirLock {
  const own = statSync(path)
  const assertHeld = () => {
    if (isSame(statSync(path, { throwIfNoEntry: false }), own)) return
    onLost(`${dataDir} is no longer held: ${path} was removed or replaced. This process writes nothing more.`)
  }
  const timer = setInterval(assertHeld, LOOK_EVERY_MS).unref()
  return {
    assertHeld,
    async release() {
      clearInterval(timer)
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

const isSame = (found: Stats | undefined, own: Stats) => found?.ino === own.ino && found.dev === own.dev

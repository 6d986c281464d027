/**
 * Requests that wait, kept in files of a folder: a restarted gateway, or another one, continues with the same request.
 * A file holds the id and the page of a request, and no part of the call; it gives no right.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { OpenRequest } from './held-calls.ts'
import { replaceFile } from './state-file.ts'

export interface HeldFiles {
  readonly load: (key: string) => Promise<OpenRequest | undefined>
  readonly keep: (key: string, request: OpenRequest) => Promise<void>
  readonly drop: (key: string) => Promise<void>
  /** Does the work while no other gateway of the folder does it for the same key. */
  readonly alone: <T>(key: string, work: () => Promise<T>) => Promise<T>
}

const MAX_SWEPT = 1000
/** Longer than a request takes to be opened: what is older was left by a gateway that ended. */
const MAX_ALONE_MS = 30_000
const LOOK_AGAIN_MS = 50

/** `failed` is told where the folder cannot be used: the gateway works without it, and may ask twice after a restart. */
export async function createHeldFiles(folder: string, failed: (error: unknown) => void): Promise<HeldFiles> {
  const fileOf = (key: string) => join(folder, `${key.replace('sha-256:', '')}.json`)

  async function trying<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      failed(error)
      return undefined
    }
  }

  async function load(file: string): Promise<OpenRequest | undefined> {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    const request = text === undefined ? undefined : requestIn(text)
    if (request && request.expiresAt > Date.now() / 1000) return request
    if (text !== undefined) await rm(file, { force: true })
    return undefined
  }

  /** Whether the lock was taken. Where the folder cannot be used it is not waited for. */
  async function lock(file: string): Promise<boolean> {
    for (const until = Date.now() + MAX_ALONE_MS; Date.now() < until; await setTimeout(LOOK_AGAIN_MS)) {
      try {
        await writeFile(file, '', { flag: 'wx', mode: 0o600 })
        return true
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return false
        const since = await stat(file).catch(() => undefined)
        if (since && Date.now() - since.mtimeMs > MAX_ALONE_MS) await rm(file, { force: true })
      }
    }
    return false
  }

  await trying(async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const kept = (await readdir(folder)).filter((name) => name.endsWith('.json'))
    for (const name of kept.slice(0, MAX_SWEPT)) await load(join(folder, name))
  })
  return {
    load: (key) => trying(() => load(fileOf(key))),
    keep: async (key, request) => trying(() => replaceFile(fileOf(key), request, false)),
    drop: async (key) => trying(() => rm(fileOf(key), { force: true })),
    async alone(key, work) {
      const file = `${fileOf(key)}.lock`
      const isLocked = await lock(file)
      try {
        return await work()
      } finally {
        if (isLocked) await trying(() => rm(file, { force: true }))
      }
    },
  }
}

function requestIn(text: string): OpenRequest | undefined {
  try {
    const value = parseJson(text)
    if (!isJsonObject(value)) return undefined
    const { id, url, expiresAt } = value
    if (typeof id !== 'string' || typeof url !== 'string' || typeof expiresAt !== 'number') return undefined
    return { id, url, expiresAt }
  } catch {
    return undefined
  }
}

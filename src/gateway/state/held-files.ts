/**
 * Requests that wait, kept in files of a folder: a restarted gateway, or another one, continues with the same request.
 * A file holds the id and the page of a request, and no part of the call; it gives no right.
 */
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { folderOf, type Instance } from './instance.ts'
import { isMissing, readObject, replaceFile, usable } from './state-file.ts'
import { type OpenRequest, requestIn } from './waiting-request.ts'

/** Each but `drop` throws `StateUnusable`. */
export interface HeldFiles {
  readonly load: (key: string) => Promise<OpenRequest | undefined>
  readonly keep: (key: string, request: OpenRequest) => Promise<void>
  readonly drop: (key: string) => Promise<void>
  /**
   * Does the work while no other gateway of the folder does it for the same key. `holds` is false once this one was taken
   * for ended, and another may do it. Rejects as `signal` is aborted.
   */
  readonly alone: <T>(key: string, work: (holds: () => Promise<boolean>) => Promise<T>) => Promise<T>
}

const MAX_SWEPT = 1000
const LOOK_AGAIN_MS = 50

/** `signal`: ends the wait for other gateways. */
export async function createHeldFiles(instance: Instance, signal: AbortSignal): Promise<HeldFiles> {
  const { folder, failed } = instance
  const hashOf = (key: string) => key.replace('sha-256:', '')
  const fileOf = (key: string) => join(folder, `${hashOf(key)}.json`)
  const asking = folderOf(instance, 'asking')
  const claims = createClaims(instance, asking)

  const drop = (file: string) => rm(file, { force: true }).catch(failed)

  async function load(file: string): Promise<OpenRequest | undefined> {
    const kept = await readObject(instance, file)
    const request = kept && requestIn(kept)
    if (request && request.expiresAt > Date.now() / 1000) return request
    if (kept) await drop(file)
    return undefined
  }

  const kept = await usable(instance, () => readdir(folder))
  for (const name of kept.filter((one) => one.endsWith('.json')).slice(0, MAX_SWEPT)) await load(join(folder, name))
  return {
    load: (key) => load(fileOf(key)),
    keep: (key, request) => replaceFile(instance, fileOf(key), request, false),
    drop: (key) => drop(fileOf(key)),
    async alone(key, work) {
      const name = hashOf(key)
      try {
        while (!(await usable(instance, () => claims.isFirst(name))))
          await setTimeout(LOOK_AGAIN_MS, undefined, { signal })
        return await work(() => claims.isMade(name))
      } finally {
        await claims.giveUp(name).catch(failed)
      }
    },
  }
}

/**
 * A claim to a key is a file of its own for each instance, so that none takes away another's. Whoever sees no other claim
 * after its own was made is alone. Of two that see each other the lower id keeps its claim, and waits.
 */
function createClaims(instance: Instance, folder: string) {
  const fileOf = (name: string) => join(folder, `${name}.${instance.id}`)

  async function others(name: string): Promise<readonly string[]> {
    const found: string[] = []
    for (const file of await readdir(folder)) {
      const [key, id = ''] = file.split('.')
      if (key !== name || id === instance.id) continue
      if (await instance.isGone(id)) await rm(join(folder, file), { force: true })
      else found.push(id)
    }
    return found
  }

  const giveUp = (name: string) => rm(fileOf(name), { force: true })
  return {
    giveUp,
    isMade: (name: string): Promise<boolean> => stat(fileOf(name)).then(() => true, falseIfMissing),
    async isFirst(name: string): Promise<boolean> {
      const before = await others(name)
      if (before.some((id) => id < instance.id)) {
        await giveUp(name)
        return false
      }
      await writeFile(fileOf(name), '', { mode: 0o600 })
      return (await others(name)).length === 0
    },
  }
}

function falseIfMissing(error: unknown): false {
  if (isMissing(error)) return false
  throw error
}

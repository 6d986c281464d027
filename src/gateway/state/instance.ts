/**
 * One gateway among those that share a state folder, and whether another has ended. Each beats: it writes a file of its
 * own once a second. Another has ended when this one has beaten ten times and seen no beat of it. So no process id, host
 * name or clock counts; a gateway that was only suspended is taken for ended, and is alive again with its next beat.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, type Writer } from './state-file.ts'

/** Its `id` is random: 22 characters without a dot. */
export interface Instance extends Writer {
  readonly folder: string
  /** Whether the instance has ended, as far as this one has seen it. False for itself. */
  readonly isGone: (id: string) => Promise<boolean>
  /** Ends the beats. Its file goes. */
  readonly close: () => Promise<void>
}

export interface InstanceOptions {
  readonly folder: string
  readonly failed: (error: unknown) => void
  readonly beatMs?: number
}

const BEAT_MS = 1000
const BEATS_UNTIL_GONE = 10
const BEATS_UNTIL_SWEPT = 15
const MAX_SEEN = 10_000
const FOLDERS = { instances: 'instances', asking: 'asking', runs: 'runs', tasks: 'tasks' } as const

/** A folder of the state folder. */
export const folderOf = ({ folder }: Pick<Instance, 'folder'>, name: keyof typeof FOLDERS): string =>
  join(folder, FOLDERS[name])

interface Seen {
  readonly mark: number
  /** Beats of this instance when the mark was new. */
  readonly since: number
}

/** Rejects with the error of the system where the folder cannot be used. */
export async function createInstance({ folder, failed, beatMs = BEAT_MS }: InstanceOptions): Promise<Instance> {
  const id = randomBytes(16).toString('base64url')
  const fileOf = (one: string) => join(folder, FOLDERS.instances, one)
  const seen = new Map<string, Seen>()
  let beats = 0

  async function beat(): Promise<void> {
    const write = () => writeFile(fileOf(id), `${beats}`, { mode: 0o600 })
    await write().catch(async (error) => {
      if (!isMissing(error)) throw error
      await makeFolders(folder)
      await write()
    })
    beats++
    if (beats % BEATS_UNTIL_SWEPT === 0) await sweep(folder, isGone)
  }

  async function isGone(other: string): Promise<boolean> {
    if (other === id) return false
    const mark = (await stat(fileOf(other)).catch(() => undefined))?.mtimeMs ?? 0
    const before = seen.get(other)
    // A file that went says nothing new: an instance that lives writes it again.
    if (before && (before.mark === mark || mark === 0)) return beats - before.since >= BEATS_UNTIL_GONE
    const [oldest] = seen.keys()
    if (seen.size >= MAX_SEEN && oldest !== undefined) seen.delete(oldest)
    seen.set(other, { mark, since: beats })
    return false
  }

  await makeFolders(folder)
  await beat()
  const timer = setInterval(() => void beat().catch(failed), beatMs).unref()
  return {
    ...{ id, folder, isGone, failed },
    async close() {
      clearInterval(timer)
      await rm(fileOf(id), { force: true }).catch(() => {})
    },
  }
}

async function makeFolders(folder: string): Promise<void> {
  for (const name of Object.values(FOLDERS)) await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
}

/** Takes away what instances that have ended were writing, or held. */
async function sweep(folder: string, isGone: Instance['isGone']): Promise<void> {
  for (const name of await readdir(join(folder, FOLDERS.instances)))
    if (await isGone(name)) await rm(join(folder, FOLDERS.instances, name), { force: true })
  for (const one of [
    folder,
    ...Object.values(FOLDERS)
      .slice(1)
      .map((name) => join(folder, name)),
  ])
    for (const name of await readdir(one)) {
      const [, writer] = /\.([^.]+)$/.exec(name) ?? []
      if (writer !== undefined && writer !== 'json' && (await isGone(writer)))
        await rm(join(one, name), { force: true })
    }
}

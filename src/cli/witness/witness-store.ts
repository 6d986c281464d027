/**
 * The last checkpoint of each log that a witness saw, on disk: numbered files, of which the highest counts.
 *
 * A number can be taken once: linking a finished file to a name that exists fails, on every process of the machine. So
 * the file system does the compare-and-swap, and a crash leaves either the old checkpoint or the new one.
 */
import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SeenCheckpoint, WitnessStore } from '../../audit/witness/cosigner.ts'
import { nullWhenMissing } from '../audit/audit-folder.ts'

export function witnessStore(folder: string): WitnessStore {
  const placeOf = (origin: string) => join(folder, 'logs', createHash('sha256').update(origin).digest('hex'))
  return {
    async latest(origin) {
      const place = placeOf(origin)
      const [newest] = await numbersIn(place)
      return newest === undefined ? null : JSON.parse(await readFile(join(place, String(newest)), 'utf8'))
    },
    async replace(origin, before, next) {
      const place = placeOf(origin)
      await mkdir(place, { recursive: true, mode: 0o700 })
      const [newest = 0] = await numbersIn(place)
      if (!(await isStill(place, newest, before))) return false
      const taken = await take(place, newest + 1, next)
      // The replaced file is kept until the next time, for a reader that has just listed it.
      if (taken) await rm(join(place, String(newest - 1)), { force: true })
      return taken
    },
  }
}

/** Highest first. */
async function numbersIn(place: string): Promise<readonly number[]> {
  const names = (await readdir(place).catch(nullWhenMissing)) ?? []
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => b - a)
}

async function isStill(place: string, newest: number, before: SeenCheckpoint | null): Promise<boolean> {
  if (newest === 0) return before === null
  const held: SeenCheckpoint = JSON.parse(await readFile(join(place, String(newest)), 'utf8'))
  return held.note === before?.note && held.signedAt === before.signedAt
}

/** Writes the file, then gives it its number; both are on the disk before this returns. */
async function take(place: string, number: number, content: SeenCheckpoint): Promise<boolean> {
  const draft = join(place, `${randomUUID()}.draft`)
  try {
    await synced(draft, 'wx', (file) => file.writeFile(JSON.stringify(content)))
    await link(draft, join(place, String(number)))
    await synced(place, 'r', async () => {})
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function synced(path: string, flags: string, use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>) {
  const file = await open(path, flags, 0o600)
  try {
    await use(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

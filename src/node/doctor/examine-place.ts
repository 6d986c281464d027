/** Examines where a process keeps its files: the data directory, its keys and the room on its disk. */
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding, mend, ok } from '../../api/parties/diagnosis-shapes.ts'
import type { Config } from '../../authority/config.ts'

const ROOM_BYTES = 1024 ** 3
const OTHERS = 0o077

const inMiB = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`

/** Changes nothing, and reads no key. */
export function examinePlace({ dataDir }: Pick<Config, 'dataDir'>): readonly Finding[] {
  if (!existsSync(dataDir)) {
    return [mend('data directory', `${dataDir} does not exist. Start the authority once, or name the right one.`)]
  }
  return [examineAccess(dataDir), examineDisk(dataDir)]
}

function examineAccess(dataDir: string): Finding {
  const paths = [dataDir, ...privateFiles(dataDir)]
  const open = paths.filter((path) => (statSync(path).mode & OTHERS) !== 0)
  if (open.length === 0) return ok('data directory', `${dataDir} and its keys are readable by their owner alone.`)
  return mend('data directory', `Others can read ${open.join(', ')}. Run: chmod go= ${open.join(' ')}`)
}

function privateFiles(dataDir: string): readonly string[] {
  const keys = join(dataDir, 'signing-keys')
  const inside = (folder: string) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])
  return [...inside(dataDir), ...inside(keys)].filter((path) => /\.jwk$|operator-credential$/.test(path))
}

function examineDisk(dataDir: string): Finding {
  const { bavail, bsize } = statfsSync(dataDir)
  const free = bavail * bsize
  if (free >= ROOM_BYTES) return ok('disk', `${inMiB(free)} are free for ${dataDir}.`)
  return mend('disk', `Only ${inMiB(free)} are free for ${dataDir}. The embedded database stops below 32 MiB.`)
}

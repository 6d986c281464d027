/** Memory and processor time of a running process, as the system counts them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import postgres from 'postgres'

/** Of the system's clock in which /proc counts. */
const TICKS_PER_SECOND = 100

export function residentMegabytes(pid: number): number {
  const status = `/proc/${pid}/status`
  const kilobytes = existsSync(status)
    ? /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return (Number(kilobytes) * 1024) / 1_000_000
}

/** In user and in system mode, of all threads. Linux only. */
export const cpuSeconds = (pid: number): number => ticks(pid, [USER, SYSTEM]) / TICKS_PER_SECOND

/** Of all processes that this one started and that have ended. Linux only. */
export const cpuSecondsOfEnded = (): number => ticks(process.pid, [USER + 2, SYSTEM + 2]) / TICKS_PER_SECOND

/** Of a process and of those that it started: the servers of PostgreSQL, which end with their connections, as well. */
export function cpuSecondsOfTree(pid: number): number {
  const children = descendants(pid)
  const ended = ticks(pid, [USER + 2, SYSTEM + 2]) / TICKS_PER_SECOND
  return [pid, ...children].reduce((sum, one) => sum + cpuSeconds(one), ended)
}

export function descendants(pid: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(fieldsOf(Number(name))[PARENT])] as const)
  const below = (of: number): number[] =>
    parents.filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

/** The server that started all others of a database on this machine. */
export async function databaseProcess(url: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const [row] = await sql<{ file: string }[]>`select pg_read_file('postmaster.pid') as file`.finally(() => sql.end())
  return Number(row?.file.split('\n')[0])
}

/** Places in /proc/PID/stat, counted behind the name, which may hold anything. */
const [PARENT, USER, SYSTEM] = [1, 11, 12]

/** 0 where the process has ended meanwhile. */
const ticks = (pid: number, places: readonly number[]): number =>
  places.reduce((sum, place) => sum + Number(fieldsOf(pid)[place] ?? 0), 0)

function fieldsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
  } catch {
    return []
  }
}

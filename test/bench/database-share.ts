/**
 * Holds the processes of a database to a share of one processor, by a control group of Linux, version 2 or 1.
 *
 * In: the server that started the others, and the share. Out: how much of its time it used, and the way to let it go.
 * Needs the right to make control groups, as root has it.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { descendants } from './process-usage.ts'

const ROOT = '/sys/fs/cgroup'
const NAME = 'countersign-bench-database'
/** Short beside what a call takes: with the usual 100,000 all calls would wait for the same moment. */
const PERIOD_US = 10_000

/** So far, and those of them in which the database wanted more than its share. */
export type Periods = Readonly<Record<'all' | 'atLimit', number>>

export interface DatabaseShare {
  readonly periods: () => Periods
  readonly release: () => void
}

export function holdDatabase(server: number, share: number): DatabaseShare {
  const isUnified = existsSync(`${ROOT}/cgroup.controllers`)
  const parent = isUnified ? ROOT : `${ROOT}/cpu`
  const group = `${parent}/${NAME}`
  const home = `${parent}${groupOf(server, isUnified)}`
  const quotaUs = Math.round(share * PERIOD_US)
  if (isUnified) writeFileSync(`${parent}/cgroup.subtree_control`, '+cpu')
  mkdirSync(group, { recursive: true })
  if (isUnified) writeFileSync(`${group}/cpu.max`, `${quotaUs} ${PERIOD_US}`)
  else {
    writeFileSync(`${group}/cpu.cfs_period_us`, String(PERIOD_US))
    writeFileSync(`${group}/cpu.cfs_quota_us`, String(quotaUs))
  }
  // Servers that start later are in the group of the one that starts them.
  move(server, group)
  const statistic = (name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(`${group}/cpu.stat`, 'utf8'))?.[1])
  return {
    periods: () => ({ all: statistic('nr_periods'), atLimit: statistic('nr_throttled') }),
    release() {
      move(server, home)
      rmdirSync(group)
    },
  }
}

/** Lines of `/proc/PID/cgroup` are `0::/path` in version 2, `N:controllers:/path` in version 1. */
function groupOf(pid: number, isUnified: boolean): string {
  const line = isUnified ? /^0::(.*)$/m : /^\d+:(?:cpu|cpu,.*|.*,cpu):(.*)$/m
  return line.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '/'
}

/** With all that it started; those that end meanwhile are left out. */
function move(server: number, group: string): void {
  for (const pid of [server, ...descendants(server)])
    try {
      writeFileSync(`${group}/cgroup.procs`, String(pid))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
}

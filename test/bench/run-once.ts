/**
 * A program run to its end: what it said, how long it computed, how much memory it ever held.
 *
 * In: a script of Node and its arguments. Out: its standard output and figures. Linux only: it reads /proc.
 * Processor time, all threads together, is what a quiet machine with one core would take; the clock of a shared one
 * says how busy the others are.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

export interface Run {
  readonly said: string
  readonly code: number
  readonly seconds: number
  readonly processorSeconds: number
  readonly megabytes: number
}

const LOOK_EVERY_MS = 20
const TICKS_PER_SECOND = 100

export async function runOnce(script: string, args: readonly string[]): Promise<Run> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  let usage = { processorSeconds: 0, megabytes: 0 }
  const looking = setInterval(() => {
    usage = usageOf(child.pid ?? 0) ?? usage
  }, LOOK_EVERY_MS)
  const [code] = await once(child, 'close').finally(() => clearInterval(looking))
  return { said, code: Number(code), seconds: (performance.now() - startedAt) / 1000, ...usage }
}

/** Null once it has ended. */
function usageOf(pid: number): Pick<Run, 'processorSeconds' | 'megabytes'> | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
    if (peak === undefined) return null
    // Fields 14 and 15, counted behind the name, which may hold anything.
    const [user = 0, system = 0] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? []
    return { processorSeconds: (user + system) / TICKS_PER_SECOND, megabytes: (Number(peak) * 1024) / 1_000_000 }
  } catch {
    return null
  }
}

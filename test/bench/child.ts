/**
 * A server in a process of its own: started, awaited, stopped.
 *
 * In: a script and its environment. Out: the JSON document it writes first to standard output; its process id.
 * Its standard error goes to a file, as a service manager would have it, so that nobody here spends time reading it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Child {
  readonly pid: number
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>
  /** A folder of its own, which goes with it. */
  readonly folder: string
  readonly stop: () => Promise<void>
}

export interface ChildOptions {
  readonly script: string
  /** Of Node. */
  readonly flags?: readonly string[]
  /** From the child's folder, where they are made of it. */
  readonly args?: readonly string[] | ((folder: string) => readonly string[])
  /** Gets the child's folder; everything else but PATH is left out. */
  readonly env: (folder: string) => Readonly<Record<string, string>>
}

export async function startChild({ script, flags = [], args = [], env }: ChildOptions): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const log = openSync(join(folder, 'stderr'), 'w')
  const words = typeof args === 'function' ? args(folder) : args
  const child = spawn(process.execPath, [...flags, script, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...env(folder) },
    stdio: ['ignore', 'pipe', log],
  })
  closeSync(log)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const atExit = () => {
    child.kill('SIGKILL')
    remove()
  }
  process.once('exit', atExit)
  const stop = async () => {
    process.off('exit', atExit)
    await ended(child)
    remove()
  }
  try {
    return { pid: child.pid ?? 0, ready: await firstDocument(child, folder), folder, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A document may take several lines: it is whole once it can be parsed. */
function firstDocument(child: ChildProcess, folder: string): Promise<Record<string, unknown>> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      const why = readFileSync(join(folder, 'stderr'), 'utf8').slice(-4000)
      reject(new Error(`A server ended with ${code} before it was ready:\n${why}`))
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (!isDocument(said)) return
      const document = JSON.parse(said)
      if ('error' in document) reject(new Error(`A server did not start: ${said}`))
      else resolve(document)
    })
  })
}

function isDocument(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  child.kill('SIGTERM')
  await exit
  clearTimeout(late)
}

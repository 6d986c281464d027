/** The Python that the tests of the Python package run with: Debian's, or the first one that has `cryptography`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../src/python', import.meta.url))
const hasCryptography = (program: string) =>
  spawnSync(program, ['-c', 'import sys, cryptography; sys.exit(sys.version_info < (3, 11))']).status === 0

/** Undefined where there is none: the tests then are skipped, and say why. */
export const python = ['/usr/bin/python3', 'python3'].find(hasCryptography)

if (python === undefined)
  console.warn('Not tested: Python 3.11 or newer with cryptography. Install python3-cryptography.')

export interface PythonProcess {
  readonly process: ChildProcess
  /** Sends one line and waits for one. */
  readonly ask: (line: string) => Promise<string>
  /** The next line. */
  readonly line: () => Promise<string>
  readonly stop: () => Promise<void>
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

/** Starts a program of Python, with the package in reach. */
export function startPython(file: string, args: readonly string[] = [], more: NodeJS.ProcessEnv = {}): PythonProcess {
  const env = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1', ...more }
  const child = spawn(python ?? 'python3', ['-X', 'utf8', file, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const line = async () => {
    const next = await lines.next()
    if (next.done) throw new Error(`${file} ended`)
    return next.value
  }
  return {
    process: child,
    line,
    ended,
    ask: (text) => {
      child.stdin.write(`${text}\n`)
      return line()
    },
    stop: async () => {
      child.stdin.end()
      child.kill()
      await ended
    },
  }
}

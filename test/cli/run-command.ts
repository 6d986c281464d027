/** Runs the built command as a shell would: its own process, its own environment, no terminal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  /** The signal that ended it, where one did. */
  readonly signal?: NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly ended: Promise<Ended>
  readonly exitCode: () => number | null
  readonly stdout: () => string
  readonly stderr: () => string
  readonly signal: (signal: NodeJS.Signals) => void
}

type Environment = Readonly<Record<string, string | undefined>>

/** Without the profiles of whoever runs the tests. */
const noProfiles = mkdtempSync(join(tmpdir(), 'countersign-test-'))

/** `node` is the program that runs it. */
export function startCommand(
  args: readonly string[],
  environment: Environment = {},
  input?: string,
  node = process.execPath,
): Running {
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, XDG_CONFIG_HOME: noProfiles, ...environment }
  const child: ChildProcess = spawn(node, [command, ...args], { env, cwd: environment['PWD'] })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin?.end(input ?? '')
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, stdout, stderr, ...(signal && { signal }) }))
  })
  return {
    ended,
    exitCode: () => child.exitCode,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (signal) => void child.kill(signal),
  }
}

export const runCommand = (args: readonly string[], environment?: Environment, input?: string): Promise<Ended> =>
  startCommand(args, environment, input).ended

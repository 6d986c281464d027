/**
 * The stdio transport of MCP, from both sides: a message is a line. A spawned server gets the environment that was
 * configured for it, and none of the gateway's secrets.
 */
import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { type Message, readMessage, Unreadable, wireOf } from '../message/json-rpc.ts'
import { createLineReader } from './line-reader.ts'
import type { Channel, OpenChannel, Receiver } from './message-channel.ts'

export interface ServerProcess {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
}

/** Bytes that wait for a reader that does not read: beyond it the channel ends. */
const MAX_UNSENT = 64 * 1024 * 1024
const GRACE_MS = 2000

/** The client that started this process. */
export const openStdio =
  (input: Readable, output: Writable): OpenChannel =>
  (receiver) =>
    overLines(input, output, receiver, () => input.destroy())

/** Starts a server. What it writes to stderr goes to `said`, a line at a time. */
export const openProcess =
  ({ command, args, env, cwd }: ServerProcess, said: (line: string) => void): OpenChannel =>
  (receiver) => {
    const child = spawn(command, args, { env: { ...inherited(), ...env }, cwd, stdio: 'pipe' })
    const channel = overLines(child.stdout, child.stdin, receiver, () => {
      child.stdin.end()
      const overdue = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      child.once('exit', () => clearTimeout(overdue))
      child.kill('SIGTERM')
    })
    const errors = createLineReader(said, () => {})
    child.stderr.on('data', errors.take)
    child.once('error', ({ message }) => receiver.ended(`It cannot be started: ${message}`))
    child.once('exit', (code, signal) => receiver.ended(`It ended (${signal ?? code}).`))
    return channel
  }

const INHERITED = [
  'HOME',
  'LANG',
  'LOGNAME',
  'PATH',
  'SHELL',
  'TERM',
  'TMPDIR',
  'USER',
  'SYSTEMROOT',
  'TEMP',
  'APPDATA',
]

const inherited = (): Record<string, string> =>
  Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] ?? '']])),
  )

function overLines(input: Readable, output: Writable, receiver: Receiver, release: () => void): Channel {
  let isOpen = true
  const end = (reason: string) => {
    if (!isOpen) return
    isOpen = false
    release()
    receiver.ended(reason)
  }
  const reader = createLineReader(
    (text) => isOpen && text !== '' && take(text, receiver),
    () => end('It sent a message of more than 8 MiB.'),
  )
  input.on('data', reader.take)
  input.once('end', () => end('It closed the connection.'))
  input.once('error', () => end('The connection broke.'))
  output.once('error', () => end('The connection broke.'))
  return {
    send(message) {
      if (!isOpen) return
      output.write(lineOf(message))
      if (output.writableLength > MAX_UNSENT) end('It does not read what it is sent.')
    },
    close: () => end('The gateway closed the connection.'),
  }
}

const lineOf = (message: Message) => `${JSON.stringify(wireOf(message))}\n`

function take(text: string, receiver: Receiver) {
  let message: Message
  try {
    message = readMessage(text)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return receiver.unreadable(error)
  }
  receiver.received(message)
}

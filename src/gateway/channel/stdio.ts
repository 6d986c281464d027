/**
 * The stdio transport of MCP, from both sides: a message is a line. A spawned server gets the environment that was
 * configured for it, and none of the gateway's secrets.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { type Message, type Unreadable, writeMessage } from '../message/json-rpc.ts'
import { createLineReader } from './line-reader.ts'
import type { Channel, OpenChannel, Receiver } from './message-channel.ts'
import { takeText } from './take-text.ts'

export interface ServerProcess {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
}

/** Bytes that wait for a reader that does not read: beyond it the channel ends. */
const MAX_UNSENT = 64 * 1024 * 1024
const GRACE_MS = 2000
/** Characters of a line on stderr. */
const MAX_SAID = 1000

/** The client that started this process. It is told what could not be read. */
export const openStdio =
  (input: Readable, output: Writable): OpenChannel =>
  (receiver) => {
    const unreadable = (fault: Unreadable) => {
      for (const refusal of fault.refusals()) channel.send(refusal)
      receiver.unreadable(fault)
    }
    const channel = overLines(input, output, { ...receiver, unreadable }, () => input.destroy())
    return channel
  }

/** Starts a server. What it writes to stderr goes to `said`, a line at a time. */
export const openProcess =
  ({ command, args, env, cwd }: ServerProcess, said: (line: string) => void): OpenChannel =>
  (receiver) => {
    const child = spawn(command, args, { env: { ...inherited(), ...env }, cwd, stdio: 'pipe' })
    const over = async () => {
      await Promise.race([once(child, 'close'), setTimeout(DRAIN_MS)])
      receiver.ended(exitOf(child))
    }
    const ended = (reason: string) => (reason === CLOSED ? void over() : receiver.ended(reason))
    const channel = overLines(child.stdout, child.stdin, { ...receiver, ended }, () => {
      child.stdin.end()
      const overdue = globalThis.setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      child.once('exit', () => clearTimeout(overdue))
      child.kill('SIGTERM')
    })
    const line = (text: string) => said(text.slice(0, MAX_SAID))
    const errors = createLineReader({ line, skipped: ({ text }) => line(text) }, receiver.room)
    child.stderr.on('data', errors.take).once('end', errors.end)
    child.once('error', (error) => receiver.ended(unstartable(error, command, cwd)))
    child.once('exit', () => void over())
    return channel
  }

/** What it wrote last is read before its end counts. */
const DRAIN_MS = 200
const CLOSED = 'It closed the connection.'

const exitOf = ({ exitCode, signalCode }: ChildProcess): string =>
  exitCode === null && signalCode === null ? CLOSED : `It ended (${signalCode ?? `exit code ${exitCode}`}).`

function unstartable({ message, code }: NodeJS.ErrnoException, command: string, cwd?: string): string {
  if (cwd !== undefined && !existsSync(cwd)) return `It cannot be started: there is no folder ${cwd} (cwd).`
  if (code === 'ENOENT') return `It cannot be started: there is no command ${command}.`
  return `It cannot be started: ${message}.`
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
    reader.end()
    release()
    receiver.ended(reason)
  }
  const reader = createLineReader(
    {
      line: (text) => isOpen && text !== '' && takeText(text, receiver),
      skipped: (fault) => isOpen && receiver.unreadable(fault),
    },
    receiver.room,
  )
  input.on('data', reader.take)
  input.once('end', () => end(CLOSED))
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

const lineOf = (message: Message) => `${writeMessage(message)}\n`

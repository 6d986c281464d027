/** A client that writes lines by hand: what no client of an SDK would send. */

import { createInterface } from 'node:readline'
import type { PassThrough } from 'node:stream'
import { waitFor } from '../setup/wait-for.ts'

export interface Answer {
  readonly id?: string | number
  readonly method?: string
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: number; readonly message: string }
}

export interface RawClient {
  readonly send: (message: object | string | Buffer) => void
  readonly received: readonly Answer[]
  /** The same as they came. */
  readonly lines: readonly string[]
  /** The answers to this request, once there is one. */
  readonly answers: (id: string | number) => Promise<readonly Answer[]>
  /** The call of a tool, which is held while it waits. */
  readonly call: (id: string | number, name: string, args?: object) => void
}

interface Streams {
  readonly input: PassThrough
  readonly output: PassThrough
}

/** `initialize`: as clients do before 2026-07-28. */
export async function connectRaw(
  { input, output }: Streams,
  { initialize = true, capabilities = {} } = {},
): Promise<RawClient> {
  const received: Answer[] = []
  const lines: string[] = []
  createInterface({ input: output }).on('line', (line) => {
    lines.push(line)
    received.push(JSON.parse(line))
  })
  const send = (message: object | string | Buffer) => {
    const isWritten = typeof message === 'string' || Buffer.isBuffer(message)
    input.write(isWritten ? message : JSON.stringify({ jsonrpc: '2.0', ...message }))
    input.write('\n')
  }
  const answers = (id: string | number) =>
    waitFor(() => {
      const found = received.filter((answer) => answer.id === id && answer.method === undefined)
      if (found.length === 0) throw new Error(`No answer to ${id}`)
      return found
    })
  if (initialize) {
    const clientInfo = { name: 'raw', version: '1' }
    send({ id: 'begin', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities, clientInfo } })
    await answers('begin')
    send({ method: 'notifications/initialized' })
  }
  return {
    send,
    received,
    lines,
    answers,
    call: (id, name, args = {}) =>
      send({ id, method: 'tools/call', params: { name, arguments: args, _meta: { progressToken: id } } }),
  }
}

/** An MCP server in a process of its own, spoken to over its standard streams, one line a message. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { cpuSeconds } from './process-usage.ts'

type Members = Readonly<Record<string, unknown>>

export interface McpPeer {
  /** Rejects where the answer is an error. */
  readonly request: (method: string, params: object) => Promise<Members>
  /** Milliseconds of a processor that it has taken so far. Linux only. */
  readonly processorMs: () => number
  readonly stop: () => Promise<void>
}

interface Waiting {
  readonly resolve: (result: Members) => void
  readonly reject: (error: Error) => void
}

const CLIENT = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } }

export async function connectMcp(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<number, Waiting>()
  let last = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line)
    if (error) waiting.get(id)?.reject(new Error(JSON.stringify(error)))
    else waiting.get(id)?.resolve(result)
    waiting.delete(id)
  })
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('The server ended'))
  })
  const send = (message: object) => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const peer: McpPeer = {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, { resolve, reject })
        send({ id, method, params })
      }),
    processorMs: () => cpuSeconds(child.pid ?? 0) * 1000,
    async stop() {
      if (child.exitCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
  await peer.request('initialize', CLIENT)
  send({ method: 'notifications/initialized' })
  return peer
}

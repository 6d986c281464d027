/**
 * A proxy that buffers: whatever the authority answers arrives, whole and in order, so many milliseconds late.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LateProxy {
  readonly url: string
  readonly stop: () => Promise<void>
}

export async function lateProxy(target: string, lateMs: number): Promise<LateProxy> {
  const ending = new AbortController()
  const later = (work: () => void) => setTimeout(work, lateMs)
  const server = createServer(async (incoming, outgoing) => {
    const body: Buffer[] = []
    for await (const piece of incoming) body.push(piece)
    const { host: _, connection: __, 'content-length': ___, ...headers } = incoming.headers
    const gone = new AbortController()
    outgoing.on('close', () => gone.abort())
    try {
      const answer = await fetch(`${target}${incoming.url}`, {
        method: incoming.method ?? 'GET',
        headers: headers as Record<string, string>,
        signal: AbortSignal.any([ending.signal, gone.signal]),
        ...(body.length > 0 && { body: Buffer.concat(body) }),
      })
      later(() => outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }))
      for await (const piece of answer.body ?? []) later(() => outgoing.write(piece))
      later(() => outgoing.end())
    } catch {
      outgoing.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      ending.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A wire to PostgreSQL that can be cut, stalled and mended: the authority on it meets a server that is really gone. */
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

export interface Wire {
  /** The database, through this wire. */
  readonly url: string
  /** Breaks what is connected, and refuses what comes. */
  readonly cut: () => Promise<void>
  readonly mend: () => Promise<void>
  /** Holds back what is sent, both ways, and breaks nothing. */
  readonly stall: () => void
  /** The same for what is connected now, for ever: what connects from now on is let through. */
  readonly strand: () => void
  /** Holds back what comes to those who listen, and nothing else. */
  readonly deafen: () => void
  readonly flow: () => void
}

export async function wireTo(databaseUrl: string): Promise<Wire> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const listening = new Set<Socket>()
  const hold = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket) && listening.delete(socket)).on('error', () => {})
  }
  let stalled = false
  const hush = () => {
    for (const socket of sockets) socket.pause()
  }
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) hold(socket)
    near.on('data', (bytes) => bytes.includes('LISTEN ') && listening.add(far))
    near.pipe(far).pipe(near)
    if (stalled) hush()
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const url = Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) })
  return {
    url: url.href,
    cut: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      return closed
    },
    mend: async () => {
      if (!server.listening) await listen(port)
    },
    stall: () => {
      stalled = true
      hush()
    },
    strand: hush,
    deafen: () => {
      for (const socket of listening) socket.pause()
    },
    flow: () => {
      stalled = false
      for (const socket of sockets) socket.resume()
    },
  }
}

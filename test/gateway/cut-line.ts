/** A line to a port that can be cut: at once, or when something is sent over it, before or after it arrives. */
import { connect, createServer, type Socket } from 'node:net'

export interface CutLine {
  readonly cut: () => void
  readonly mend: () => void
  /** Cuts the line when this text is sent; `after`: once the other side has had it. */
  readonly cutAt: (text: string, after?: 'after') => void
  readonly close: () => Promise<void>
}

export async function layLine(from: number, to: number): Promise<CutLine> {
  const sockets = new Set<Socket>()
  let isCut = false
  let watched: { readonly text: string; readonly isAfter: boolean } | undefined

  function cut(): void {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  }

  const server = createServer((near) => {
    if (isCut) return near.destroy()
    const far = connect(to, 'localhost')
    keep(near)
    keep(far)
    let isOver = false
    near.on('data', (data) => {
      const isSeen = watched !== undefined && data.includes(watched.text)
      if (isSeen && !watched?.isAfter) return cut()
      isOver ||= isSeen
      far.write(data)
    })
    // The answer says that it was there.
    far.on('data', (data) => (isOver ? cut() : near.write(data)))
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(from, 'localhost', resolve))
  return {
    cut,
    mend() {
      isCut = false
      watched = undefined
    },
    cutAt(text, after) {
      watched = { text, isAfter: after === 'after' }
    },
    close: () => {
      cut()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

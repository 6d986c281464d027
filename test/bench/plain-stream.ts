/**
 * A stream of server-sent events, read by a plain socket: the processor's time is the server's own.
 *
 * In: where, and the credential of an executor for an authority. Out: a socket that is open, and a word of each stop.
 */
import { connect, type Socket } from 'node:net'

interface PlainStream {
  readonly port: number
  readonly path: string
  /** Of an executor. */
  readonly credential?: string
  /** What shows that it is open. */
  readonly opens: string
  /** Called for each piece with a stop. */
  readonly stopped?: () => void
}

export function openPlainStream({ port, path, credential, opens, stopped }: PlainStream): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.setEncoding('utf8').on('error', reject)
    socket.on('data', (text: unknown) => {
      const piece = String(text)
      if (piece.includes('event: stop')) stopped?.()
      if (piece.includes(opens)) resolve(socket)
      if (piece.includes('HTTP/1.1 4')) reject(new Error(piece))
    })
    const authorization = credential === undefined ? '' : `authorization: Bearer ${credential}\r\n`
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n${authorization}\r\n`)
  })
}

/** An executor of the demo on a port of its own. */
import { serve } from '@hono/node-server'

export type Handler = (request: Request) => Promise<Response>

export interface RunningExecutor {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** `port` 0 takes a free one. */
export async function listen(fetch: Handler, port: number): Promise<RunningExecutor> {
  const server = serve({ fetch, port, hostname: 'localhost' })
  await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://localhost:${bound}`,
    stop: async () => {
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

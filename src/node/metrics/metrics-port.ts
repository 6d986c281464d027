/** Serves `/metrics`, and nothing else, on a port of its own: without a credential, so it belongs on a closed network. */
import { createServer, type RequestListener } from 'node:http'
import { type Config, ConfigError } from '../../authority/config.ts'
import type { HttpMetrics } from '../../http/answer/count-answers.ts'

/** `current`: undefined while the authority starts. Resolves to the way to close it. Throws `ConfigError`. */
export async function serveMetrics(
  { metricsHost, metricsPort }: Pick<Config, 'metricsHost' | 'metricsPort'>,
  current: () => HttpMetrics | undefined,
): Promise<() => Promise<void>> {
  if (metricsPort === null) return async () => {}
  const server = createServer(answering(current))
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(metricsPort, metricsHost, resolve),
  ).catch(({ code }) => {
    throw new ConfigError(`COUNTERSIGN_METRICS_PORT: ${metricsHost}:${metricsPort} cannot be listened on (${code}).`)
  })
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}

const answering =
  (current: () => HttpMetrics | undefined): RequestListener =>
  async ({ method, url }, response) => {
    if (url !== '/metrics') return void response.writeHead(404).end()
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end()
    const { type, text } =
      (await current()
        ?.exposition()
        .catch(() => undefined)) ?? {}
    if (type === undefined) return void response.writeHead(503, { 'retry-after': '2' }).end()
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
  }

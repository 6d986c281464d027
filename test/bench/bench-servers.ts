/**
 * The yardsticks' servers, each in its own process.
 *
 * In: which, its settings, flags of Node. Out: the port it listens on, its process, and the way to stop it.
 */
import { fileURLToPath } from 'node:url'
import { startChild } from './child.ts'

export interface BenchServer {
  readonly port: number
  readonly pid: number
  readonly stop: () => Promise<void>
}

export async function startServer(
  name:
    | 'bare-server'
    | 'bare-answer'
    | 'bare-page'
    | 'bare-proof'
    | 'bare-pglite'
    | 'bare-sse'
    | 'stopper'
    | 'oidc-server'
    | 'echo-server',
  settings: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<BenchServer> {
  // run.mjs puts the bundles side by side.
  const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url))
  const { ready, pid, stop } = await startChild({ script, flags, env: () => settings })
  return { port: Number(ready['port']), pid, stop }
}

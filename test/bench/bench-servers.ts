/**
 * The yardsticks' servers, each in its own process.
 *
 * In: which, and its settings. Out: the port it listens on, and the way to stop it.
 */
import { fileURLToPath } from 'node:url'
import { startChild } from './child.ts'

export interface BenchServer {
  readonly port: number
  readonly stop: () => Promise<void>
}

export async function startServer(
  name: 'bare-server' | 'bare-sse' | 'oidc-server' | 'echo-server',
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  // run.mjs puts the bundles side by side.
  const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url))
  const { ready, stop } = await startChild({ script, env: () => settings })
  return { port: Number(ready['port']), stop }
}

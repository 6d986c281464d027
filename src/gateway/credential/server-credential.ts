/** The credential of one message to a server behind HTTP: an exchanged token where it is configured, else none. SPEC 14. */
import { type Credential, NoToken } from '../channel/credential-port.ts'
import type { HttpConfig } from '../config/gateway-config.ts'
import { readSecret } from '../config/secret-values.ts'
import { ruleFor } from '../config/tool-rules.ts'
import { createTokenExchange } from './token-exchange.ts'

interface World {
  readonly environment: NodeJS.ProcessEnv
  readonly log: (line: string) => void
}

/** Undefined where no exchange is configured. Throws `WrongConfig`. */
export async function createServerCredential(
  name: string,
  { token_exchange: config, tools = {} }: HttpConfig,
  { environment, log }: World,
): Promise<Credential | undefined> {
  if (!config) return undefined
  const secret =
    config.client_secret &&
    (await readSecret(`upstreams.${name}.token_exchange.client_secret`, config.client_secret, environment))
  const exchange = createTokenExchange(config, secret, environment)
  return async (tool, signal) => {
    const scope = (tool === undefined ? undefined : ruleFor(tool, tools)?.scope) ?? config.scope
    try {
      return { authorization: `Bearer ${await exchange(scope, signal)}` }
    } catch (error) {
      if (error instanceof NoToken && !signal.aborted) log(`${name}: ${error.message}`)
      throw error
    }
  }
}

/** Reads secrets where the configuration says they are. No message of an error holds one. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { WrongConfig } from './config-errors.ts'
import type { SecretSource } from './gateway-config.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 30_000

/** `place`: of the source in the configuration. Throws `WrongConfig` where there is no secret. */
export async function readSecret(place: string, source: SecretSource, environment: NodeJS.ProcessEnv): Promise<string> {
  if ('env' in source) {
    const value = environment[source.env]
    if (!value)
      throw new WrongConfig(
        `${place}: The environment variable ${source.env} is not set. Set it where the gateway is started.`,
      )
    return value
  }
  const [command = '', ...args] = source.command
  try {
    const { stdout } = await run(command, args, { timeout: TIMEOUT_MS, maxBuffer: 65_536 })
    if (stdout.trim() !== '') return stdout.trim()
  } catch {
    // What it printed may hold the secret.
    throw new WrongConfig(`${place}: The command ${command} failed. It has to print a secret within 30 seconds.`)
  }
  throw new WrongConfig(`${place}: The command ${command} printed nothing. It has to print a secret.`)
}

/** The values of a record, each written out or a secret. */
export async function readValues(
  place: string,
  given: Readonly<Record<string, string | SecretSource>> = {},
  environment: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const pairs = Object.entries(given).map(async ([name, value]) => [
    name,
    typeof value === 'string' ? value : await readSecret(`${place}.${name}`, value, environment),
  ])
  return Object.fromEntries(await Promise.all(pairs))
}

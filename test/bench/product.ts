/**
 * The authority as it is shipped, `dist/countersign.js serve`, in a process of its own, with the flags of `npm start`.
 *
 * In: a database, or none for the embedded one. Out: where it listens, its signing key, an operator's client.
 * All settings are the defaults but those that limit how much may be asked of it, and what a bench gives.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { JWK } from 'jose'
import { type Client, createClient } from '../../src/client/client.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { freePort } from '../setup/free-port.ts'
import { startChild } from './child.ts'

export interface Product {
  readonly origin: string
  readonly port: number
  readonly pid: number
  /** With which it was started, besides its own. */
  readonly settings: Readonly<Record<string, string>>
  /** Holds its keys and its pin of the first admin's passkey. */
  readonly dataDir: string
  /** Signs its tokens. */
  readonly signingKey: JWK
  readonly bootstrapLink: string
  readonly operator: Client
  readonly operatorCredential: string
  readonly stop: () => Promise<void>
}

export const COMMAND = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
/** Those that `npm start` gives to Node. */
export const NODE_FLAGS: readonly string[] = scripts.start.split(' ').filter((word: string) => word.startsWith('--'))

/** None of the limits may be met: they are not what is measured. */
export const UNLIMITED = {
  COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '10000000',
  COUNTERSIGN_AGENT_CALLS_PER_MINUTE: '10000000',
  COUNTERSIGN_AGENT_BYTES_PER_MINUTE: '999999999',
  COUNTERSIGN_EXECUTOR_CALLS_PER_MINUTE: '10000000',
  COUNTERSIGN_EXECUTOR_BYTES_PER_MINUTE: '999999999',
  COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '10000000',
  COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: '10000000',
  COUNTERSIGN_PENDING_PER_AGENT: '100000',
  COUNTERSIGN_PENDING_PER_GROUP: '100000',
}

/** What a second start on one database takes from the first; each is made anew where it is not given. */
export interface ProductOptions {
  readonly port?: number
  readonly signingKey?: JWK
  readonly operatorCredential?: string
  readonly settings?: Readonly<Record<string, string>>
}

export const originAt = (port: number): string => `http://localhost:${port}`

export async function startProduct(databaseUrl?: string, options: ProductOptions = {}): Promise<Product> {
  const port = options.port ?? (await freePort())
  const origin = originAt(port)
  const signingKey = options.signingKey ?? (await generateSigningKey('ES256'))
  const operatorCredential = options.operatorCredential ?? `cs_operator_${randomBytes(32).toString('base64url')}`
  const { ready, pid, folder, stop } = await startChild({
    script: COMMAND,
    flags: NODE_FLAGS,
    args: ['serve', '--json'],
    env: (folder) => ({
      ...UNLIMITED,
      COUNTERSIGN_ORIGIN: origin,
      COUNTERSIGN_HOST: '127.0.0.1',
      COUNTERSIGN_DATA_DIR: `${folder}/data`,
      COUNTERSIGN_SIGNING_KEYS: JSON.stringify({ keys: [signingKey] }),
      COUNTERSIGN_OPERATOR_CREDENTIAL: operatorCredential,
      ...options.settings,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    }),
  })
  const operator = createClient({ origin, credential: operatorCredential })
  const bootstrapLink = String(ready['bootstrap_link'])
  const { settings = {} } = options
  const dataDir = settings['COUNTERSIGN_DATA_DIR'] ?? `${folder}/data`
  return { origin, port, pid, settings, dataDir, signingKey, bootstrapLink, operator, operatorCredential, stop }
}

/** A second process of the same authority: on its database, with its keys, under its name. */
export async function startBeside(first: Product, databaseUrl: string) {
  const { origin, dataDir, signingKey, operatorCredential } = first
  const port = await freePort()
  const own = { COUNTERSIGN_ORIGIN: origin, COUNTERSIGN_PORT: String(port), COUNTERSIGN_DATA_DIR: dataDir }
  const settings = { ...first.settings, ...own }
  return startProduct(databaseUrl, { port, signingKey, operatorCredential, settings })
}

/**
 * Private keys and the operator's credential in the data directory, readable by their owner alone. Refuses files that
 * other users can read. Signing keys are `signing-keys/<kid>.jwk`.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../authority/config.ts'
import { generateVapidKey, type VapidJwk } from '../authority/notify/notify-keys.ts'
import { newCredential } from '../domain/identity/credential.ts'
import { generateLogKey, type LogJwk } from '../domain/ledger/log-key.ts'
import type { KeyVault, PrivateJwk } from '../domain/token/signing-keys.ts'

const OWNER_ONLY = 0o600
const OTHERS = 0o077

export async function prepareDataDir(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await chmod(dataDir, 0o700)
}

async function readPrivate(path: string): Promise<string> {
  const { mode } = await stat(path)
  if ((mode & OTHERS) !== 0) throw new ConfigError(`${path} can be read by others. Run: chmod 600 ${path}`)
  return readFile(path, 'utf8')
}

/** Never overwrites an existing key. */
const writePrivate = (path: string, text: string) => writeFile(path, text, { mode: OWNER_ONLY, flag: 'wx' })

export function keyFiles(dataDir: string): KeyVault {
  const folder = join(dataDir, 'signing-keys')
  return {
    async load() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const names = (await readdir(folder)).filter((name) => name.endsWith('.jwk')).sort()
      return Promise.all(
        names.map(async (name): Promise<PrivateJwk> => JSON.parse(await readPrivate(join(folder, name)))),
      )
    },
    async keep(key) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writePrivate(join(folder, `${key.kid}.jwk`), `${JSON.stringify(key)}\n`)
    },
  }
}

/** The origin of the authority that this data directory belongs to. */
export const originFile = (dataDir: string): string => join(dataDir, 'origin')

/** Commands send the operator's credential of this directory to this origin alone. */
export const keepOrigin = (dataDir: string, origin: string): Promise<void> =>
  writeFile(originFile(dataDir), `${origin}\n`, { mode: OWNER_ONLY })

export const operatorCredentialFile = (dataDir: string): string => join(dataDir, 'operator-credential')

/** The log's own key of this data directory; made on the first start. */
export const logKeyFile = (dataDir: string): Promise<LogJwk> => keyFile(dataDir, 'log-key.jwk', generateLogKey)

/**
 * The key that identifies this authority to push services; made on the first start, like the one that signs webhooks.
 */
export const vapidKeyFile = (dataDir: string): Promise<VapidJwk> => keyFile(dataDir, 'vapid-key.jwk', generateVapidKey)

export const webhookKeyFile = (dataDir: string): Promise<LogJwk> => keyFile(dataDir, 'webhook-key.jwk', generateLogKey)

async function keyFile<Key>(dataDir: string, name: string, generate: () => Promise<Key>): Promise<Key> {
  const path = join(dataDir, name)
  const found = await readKeyFile<Key>(path)
  if (found !== null) return found
  const key = await generate()
  await writePrivate(path, `${JSON.stringify(key)}\n`)
  return key
}

const nextLogKeyFile = (dataDir: string): string => join(dataDir, 'log-key-next.jwk')

/** The key that is to replace the log's own; null where there is none. */
export const nextLogKey = (dataDir: string): Promise<LogJwk | null> => readKeyFile(nextLogKeyFile(dataDir))

/** A fresh key for a take-over, not yet stored. */
export const newLogKey = generateLogKey

/** Stores that key and returns its path. Throws where there is one already. */
export async function keepNextLogKey(dataDir: string, key: LogJwk): Promise<string> {
  await writePrivate(nextLogKeyFile(dataDir), `${JSON.stringify(key)}\n`)
  return nextLogKeyFile(dataDir)
}

async function readKeyFile<Key>(path: string): Promise<Key | null> {
  const text = await readIfAny(path)
  return text === null ? null : JSON.parse(text)
}

async function readIfAny(path: string): Promise<string | null> {
  try {
    return await readPrivate(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** The operator's secret of this data directory; made on the first start. */
export async function operatorCredential(dataDir: string): Promise<string> {
  const path = operatorCredentialFile(dataDir)
  const known = await readIfAny(path)
  if (known !== null) return known.trim()
  const { secret } = await newCredential('operator', randomBytes(32))
  await writePrivate(path, `${secret}\n`)
  return secret
}

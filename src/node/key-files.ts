/**
 * Private keys and the operator's credential in the data directory, readable by their owner alone. Refuses files that
 * other users can read. Signing keys are `signing-keys/<kid>.jwk`.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../authority/config.ts'
import { logKey, signingKey, vapidKey } from '../authority/key-settings.ts'
import type { NewestCheckpoint } from '../authority/log/set-back.ts'
import { generateVapidKey, type VapidJwk } from '../authority/notify/notify-keys.ts'
import type { RootPins } from '../authority/proof/root-keys.ts'
import { kindOfCredential, newCredential } from '../domain/identity/credential.ts'
import { generateLogKey, type LogJwk } from '../domain/ledger/log-key.ts'
import type { KeyVault } from '../domain/token/signing-keys.ts'

const OWNER_ONLY = 0o600
const OTHERS = 0o077

/** Throws `ConfigError` where this process cannot write, or the disk is full. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const probe = join(dataDir, `.probe-${process.pid}`)
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await chmod(dataDir, 0o700)
    await writeFile(probe, 'written at each start, to see that it can be')
  } catch (error) {
    throw inWordsOfFiles(error, dataDir)
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

const FILE_WORDS: Readonly<Record<string, string>> = {
  EROFS: 'is on a read-only file system',
  EACCES: 'cannot be written by this user',
  EPERM: 'cannot be written by this user',
  ENOTDIR: 'is no directory',
  EEXIST: 'is no directory',
  ENOENT: 'cannot be made',
  ENAMETOOLONG: 'is too long a path',
}

/** A `ConfigError` for errors of the file system that the operator can mend; others unchanged. */
export function inWordsOfFiles(error: unknown, dataDir: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ConfigError(`The disk of ${dataDir} is full (${code}). Free space on it, then start again.`, {
      cause: error,
    })
  }
  const words = FILE_WORDS[code]
  if (words === undefined) return error
  return new ConfigError(`COUNTERSIGN_DATA_DIR: ${dataDir} ${words} (${code}). Mend it, or set another.`, {
    cause: error,
  })
}

/** Throws the error of the file system where there is no such file, else `ConfigError`. */
async function readPrivate(path: string): Promise<string> {
  const status = await stat(path)
  if (!status.isFile()) throw new ConfigError(`${path} is no file`)
  if ((status.mode & OTHERS) !== 0) throw new ConfigError(`${path} can be read by others. Run: chmod 600 ${path}`)
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
        names.map(async (name) => keyOf(join(folder, name), await readPrivate(join(folder, name)), signingKey)),
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
export const logKeyFile = (dataDir: string): Promise<LogJwk> => keyFile(dataDir, 'log-key.jwk', logKey, generateLogKey)

/** The same, where there is one. */
export const knownLogKey = (dataDir: string): Promise<LogJwk | null> =>
  readKeyFile(join(dataDir, 'log-key.jwk'), logKey)

/**
 * The key that identifies this authority to push services; made on the first start, like the one that signs webhooks.
 */
export const vapidKeyFile = (dataDir: string): Promise<VapidJwk> =>
  keyFile(dataDir, 'vapid-key.jwk', vapidKey, generateVapidKey)

export const webhookKeyFile = (dataDir: string): Promise<LogJwk> =>
  keyFile(dataDir, 'webhook-key.jwk', logKey, generateLogKey)

async function keyFile<Key>(
  dataDir: string,
  name: string,
  form: Form<Key>,
  generate: () => Promise<Key>,
): Promise<Key> {
  const path = join(dataDir, name)
  const found = await readKeyFile(path, form)
  if (found !== null) return found
  const key = await generate()
  await writePrivate(path, `${JSON.stringify(key)}\n`)
  return key
}

const nextLogKeyFile = (dataDir: string): string => join(dataDir, 'log-key-next.jwk')

/** The key that is to replace the log's own; null where there is none. */
export const nextLogKey = (dataDir: string): Promise<LogJwk | null> => readKeyFile(nextLogKeyFile(dataDir), logKey)

/** A fresh key for a take-over, not yet stored. */
export const newLogKey = generateLogKey

/** Stores that key and returns its path. Throws where there is one already. */
export async function keepNextLogKey(dataDir: string, key: LogJwk): Promise<string> {
  await writePrivate(nextLogKeyFile(dataDir), `${JSON.stringify(key)}\n`)
  return nextLogKeyFile(dataDir)
}

async function readKeyFile<Key>(path: string, form: Form<Key>): Promise<Key | null> {
  const text = await readIfAny(path)
  return text === null ? null : keyOf(path, text, form)
}

/** The parser of one kind of key. */
interface Form<Key> {
  safeParse(text: string): { readonly data?: Key; readonly error?: { readonly issues: readonly { message: string }[] } }
}

function keyOf<Key>(path: string, text: string, form: Form<Key>): Key {
  const { data, error } = form.safeParse(text)
  if (data !== undefined) return data
  const hint = text.startsWith('\u{feff}')
    ? 'begins with a byte order mark. Save it as UTF-8 without one.'
    : error?.issues.map(({ message }) => message).join(' ')
  throw new ConfigError(`${path}: ${hint}`)
}

async function readIfAny(path: string): Promise<string | null> {
  try {
    return await readPrivate(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

const isOperatorSecret = (text: string) => kindOfCredential(text) === 'operator'

/** The operator's secret of this data directory; made on the first start. */
export async function operatorCredential(dataDir: string): Promise<string> {
  const path = operatorCredentialFile(dataDir)
  const known = await readIfAny(path)
  if (known !== null && isOperatorSecret(known.trim())) return known.trim()
  if (known !== null) throw new ConfigError(`${path}: must hold cs_operator_ and 43 base64url characters`)
  const { secret } = await newCredential('operator', randomBytes(32))
  await writePrivate(path, `${secret}\n`)
  return secret
}

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/** The pinned keys of first admins, a thumbprint a line. */
export const rootKeyFile = (dataDir: string): RootPins => {
  const path = join(dataDir, 'root-keys')
  return {
    async load() {
      const lines = ((await readIfAny(path)) ?? '').split('\n').filter((line) => line !== '')
      if (lines.every((line) => THUMBPRINT.test(line))) return lines
      throw new ConfigError(`${path}: must hold thumbprints of passkeys, one a line`)
    },
    async keep(keys) {
      await writeFile(`${path}.next`, keys.map((key) => `${key}\n`).join(''), { mode: OWNER_ONLY })
      await rename(`${path}.next`, path)
    },
  }
}

const newestCheckpointPath = (dataDir: string): string => join(dataDir, 'newest-checkpoint')

/** The newest checkpoint that was published from this data directory. */
export function newestCheckpointFile(dataDir: string): NewestCheckpoint {
  const path = newestCheckpointPath(dataDir)
  return {
    load: () => readIfAny(path),
    async keep(note) {
      await writeFile(`${path}.next`, note, { mode: OWNER_ONLY })
      await rename(`${path}.next`, path)
    },
  }
}

/** For a backup that was put back: the next start takes the log as it is. */
export const forgetNewestCheckpoint = (dataDir: string): Promise<void> =>
  rm(newestCheckpointPath(dataDir), { force: true })

/** The Ed25519 key of a witness: a file that only its owner can read, made once and never overwritten. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importSigningKey } from '@countersign/verifier/authority'
import type { NoteSigner } from '@countersign/verifier/proof'
import { nullWhenMissing } from '../audit/audit-folder.ts'
import { usage } from '../exit.ts'

const OTHERS = 0o077

/** Refuses a key file that other accounts can read. */
export async function witnessSigner(folder: string, name: string): Promise<NoteSigner> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'witness-key.jwk')
  const held = await readFile(file, 'utf8').catch(nullWhenMissing)
  if (held !== null && ((await stat(file)).mode & OTHERS) !== 0) {
    throw usage(`${file} can be read by others. Run: chmod 600 ${file}`)
  }
  const jwk: JsonWebKey = held === null ? await makeKey(file) : JSON.parse(held)
  const sign = await importSigningKey(jwk, 'EdDSA')
  return { name, sign, publicKey: new Uint8Array(Buffer.from(jwk.x ?? '', 'base64url')) }
}

async function makeKey(file: string): Promise<JsonWebKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('Ed25519 makes key pairs')
  const { kty, crv, x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  const jwk = { kty, crv, x, d } as JsonWebKey
  await writeFile(file, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' })
  return jwk
}

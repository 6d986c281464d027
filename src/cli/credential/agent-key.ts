/**
 * The key of an agent in a file, as a private JWK, and the proofs that it makes: tokens of a grant are bound to it. Made
 * where there is none, for its owner alone to read. RFC 9449.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { jsonFile, jsonObject } from '../arguments/json-file.ts'
import { Failure, usage } from '../exit.ts'

export interface AgentKey {
  /** Whether the file was made just now. */
  readonly isNew: boolean
  /** A fresh proof for one call. */
  readonly proof: (method: string, url: string) => Promise<string>
}

export async function agentKey(file: string): Promise<AgentKey> {
  const isNew = !existsSync(file)
  const jwk = isNew ? await newKeyIn(file) : keyIn(file)
  return { isNew, proof: (method, url) => proofBy(jwk, method, url) }
}

async function newKeyIn(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256' }
  try {
    writeFileSync(file, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' })
    return jwk
  } catch (cause) {
    throw new Failure('usage', `${file} cannot be written.`, undefined, { cause })
  }
}

function keyIn(file: string): JWK {
  const jwk: JWK = { ...jsonObject(jsonFile(file), file) }
  if (jwk.kty === 'EC' && jwk.crv === 'P-256' && typeof jwk.d === 'string') return jwk
  throw usage(`${file} holds no private key of P-256 as a JWK. Name a file that does not exist to make one.`)
}

async function proofBy({ d, kty, crv, x, y }: JWK, method: string, url: string): Promise<string> {
  const jwk: JWK = { kty, crv, x, y } as JWK
  try {
    const key = await importJWK({ ...jwk, d } as JWK, 'ES256')
    return await new SignJWT({ htm: method, htu: url, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(key)
  } catch (cause) {
    throw new Failure('usage', 'The key of the agent cannot sign.', undefined, { cause })
  }
}

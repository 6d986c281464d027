/**
 * The key of an agent in a file, as a private JWK, and the proofs that it makes: tokens of a grant are bound to it. Made
 * where there is none, for its owner alone to read. RFC 9449.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { dpopOf, type ProveDpop } from '../../client/client.ts'
import { jsonFile, jsonObject } from '../arguments/json-file.ts'
import { Failure, usage } from '../exit.ts'

export interface AgentKey {
  /** Whether the file was made just now. */
  readonly isNew: boolean
  readonly proof: ProveDpop
}

export async function agentKey(file: string): Promise<AgentKey> {
  const isNew = !existsSync(file)
  const jwk = isNew ? await newKeyIn(file) : keyIn(file)
  return { isNew, proof: proofBy(jwk) }
}

/** The proofs of a key that is there already. */
export const existingKey = (file: string): ProveDpop => proofBy(keyIn(file))

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

function proofBy(jwk: JWK): ProveDpop {
  const prove = dpopOf({ ...jwk })
  return (target) =>
    prove(target).catch((cause: unknown) => {
      throw new Failure('usage', 'The key of the agent cannot sign.', undefined, { cause })
    })
}

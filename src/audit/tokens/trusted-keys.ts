/**
 * The keys against which an audit verifies signatures: those that the ledger names, each with its thumbprint. Reports
 * malformed keys, and listed keys that the ledger does not name. RFC 7638; SPEC 6.
 */
import { type ApproverKey, buildDirectory, type JsonObject, parseApprovers } from '@countersign/verifier'
import type { Facts } from '../facts/ledger-facts.ts'
import type { Findings } from '../finding.ts'
import { textOf } from '../log/read-entry.ts'
import type { Trusted } from './check-token.ts'

export async function trustedBy(
  facts: Facts,
  origin: string,
  listed: readonly JsonObject[],
  findings: Findings,
): Promise<Trusted> {
  const report = (code: 'key_thumbprint' | 'signing_key_unlogged', index: number | null, kid: string) =>
    findings.report({ code, index, at: null, subject: kid, detail: '' })
  for (const kid of listed.map((key) => textOf(key, 'kid') ?? '')) {
    if (!facts.signingKeys.has(kid)) report('signing_key_unlogged', null, kid)
  }
  const passkeys: [string, ApproverKey][] = []
  for (const [kid, { jwk, index }] of facts.keys) {
    const key = await readKey(jwk, kid)
    if (key === null) report('key_thumbprint', index, kid)
    else passkeys.push([kid, key])
  }
  const signingKeys: [string, ApproverKey, number][] = []
  for (const [kid, { jwk, signsFrom }] of facts.signingKeys) {
    const key = await readKey({ ...membersOf(jwk), kid, be: false }, kid)
    if (key === null) report('key_thumbprint', null, kid)
    else signingKeys.push([kid, key, signsFrom])
  }
  const runBy = [...facts.agents].flatMap(([agent, { runBy: person }]) =>
    person === undefined ? [] : [[agent, person] as const],
  )
  return { origin, passkeys, signingKeys, runBy }
}

const membersOf = ({ kty, crv, x, y }: JsonObject): JsonObject => ({
  ...(kty !== undefined && { kty }),
  ...(crv !== undefined && { crv }),
  ...(x !== undefined && { x }),
  ...(y !== undefined && { y }),
  alg: kty === 'OKP' ? 'EdDSA' : 'ES256',
})

/** Reads a key as approvers.json would list it: every member in place, the thumbprint its own. Null when it is none. */
async function readKey(jwk: JsonObject, kid: string): Promise<ApproverKey | null> {
  try {
    const alone = { rp_id: 'audit', origins: ['audit'], approvers: [{ approver: 'audit', agents: [], keys: [jwk] }] }
    const { approvers } = await buildDirectory(parseApprovers(alone))
    const key = approvers.get('audit')?.keys[0]
    return key?.kid === kid ? key : null
  } catch {
    return null
  }
}

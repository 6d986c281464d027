/** A new key that signs tokens, or the announcement of one that is to sign the log. SPEC 8, 10. */
import { ED25519, ProofError, parseNoteKey } from '@countersign/verifier/proof'
import { z } from 'zod'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { PUBLISH_AHEAD_SECONDS } from '../../domain/token/signing-keys.ts'
import { type ChangeNeeds, ownChange, type PreparedChange } from './own-change.ts'

export const rotateKey = ownChange({
  name: 'countersign.key.rotate',
  title: 'Change a key that signs',
  effect: 'write',
  reversible: false,
  beforeFirstAdmin: false,
  /** `log_vkey`: a new key of the log, as witnesses and auditors are given it. Default: the key that signs tokens. */
  arguments: z.strictObject({ log_vkey: z.string().max(512).optional() }),
  resource: ({ log_vkey: vkey }) => (vkey === undefined ? 'keys' : 'log'),
  prepare: (deps, { log_vkey: vkey }) => (vkey === undefined ? rotateSigningKey(deps) : announceLogKey(deps, vkey)),
})

async function rotateSigningKey({ config, keys, now }: ChangeNeeds): Promise<Result<PreparedChange>> {
  const made = await keys.create(config.signingAlg)
  if (!made) {
    return refuse(
      'forbidden',
      'Signing keys come from COUNTERSIGN_SIGNING_KEYS. Add the new key there, before the old one, and restart.',
    )
  }
  const { kid, publicJwk } = made
  const publishedAt = now()
  const signsFrom = publishedAt + PUBLISH_AHEAD_SECONDS
  const key = { kid, alg: config.signingAlg, publicJwk: { ...publicJwk }, publishedAt, signsFrom, retiredAt: null }
  return ok({
    change: { kind: 'key.rotate', key, retire: [] },
    type: 'key.rotated',
    members: { key: kid, public_key: { ...publicJwk }, signs_from: signsFrom },
    answer: { subject: kid, expiresAt: signsFrom },
  })
}

/**
 * The log says under its old key which key is to follow. The new private key never passes through here: the operator
 * puts it beside the old one.
 */
async function announceLogKey({ logKey }: ChangeNeeds, vkey: string): Promise<Result<PreparedChange>> {
  const key = await parseNoteKey(vkey).catch((error) => {
    if (error instanceof ProofError) return null
    throw error
  })
  if (key?.type !== ED25519 || key.name !== logKey.signer.name) {
    return refuse('invalid_request', `log_vkey must be an Ed25519 verifier key of the name ${logKey.signer.name}.`)
  }
  return ok({
    change: { kind: 'log-key.announce' },
    type: 'key.rotated',
    members: { log_vkey: vkey },
    answer: { subject: vkey },
  })
}

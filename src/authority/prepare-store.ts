/**
 * Prepares the database for a process: published signing keys, the authority's own parties, the operator's credential.
 * Every row is written once, with its entry. SPEC 10, 13.
 */
import { newTrace } from '../domain/approval/approval-request.ts'
import { hashSecret } from '../domain/identity/credential.ts'
import { OPERATOR_AGENT, ownAgent } from '../domain/identity/own-agents.ts'
import { prepareEntry } from '../domain/ledger/entry.ts'
import { generateSigningKey, type KeyVault, type PrivateJwk, publicHalf } from '../domain/token/signing-keys.ts'
import type { CallerStore } from '../store/contract/identity-store.ts'
import type { SigningKeyStore } from '../store/contract/token-store.ts'
import { credentialMembers } from './changes/new-credential.ts'
import { newSigningKey } from './changes/new-signing-key.ts'
import { ownExecutor } from './changes/own-changes.ts'
import { ConfigError } from './config.ts'
import type { Deps } from './deps.ts'
import { newId } from './new-id.ts'

/** The operator's credential is valid for as long as it is configured. */
const OPERATOR_LIFE_SECONDS = 10 * 365 * 86_400

type Needs = Pick<Deps, 'config' | 'logKey' | 'now' | 'randomBytes'> & {
  readonly vault: KeyVault
  /** Its keys are those that are proven. */
  readonly store: SigningKeyStore & CallerStore
}

export async function prepareStore(deps: Needs, operatorSecret: string | null): Promise<void> {
  const { config, store } = deps
  for (const jwk of await heldKeys(deps)) await publishKey(deps, jwk)
  await store.ensureOwnParties({
    agent: ownAgent(OPERATOR_AGENT, OPERATOR_AGENT),
    executor: ownExecutor(config.origin, config.name),
  })
  if (operatorSecret !== null) await ensureOperator(deps, operatorSecret)
}

/** The vault's keys. A vault that is empty gets one, where nobody signs on this database yet. */
async function heldKeys({ config, store, vault }: Needs): Promise<readonly PrivateJwk[]> {
  const held = await vault.load()
  if (held.length > 0) return held
  if (!vault.keep) throw new ConfigError('COUNTERSIGN_SIGNING_KEYS: missing')
  if ((await store.signingKeys()).length > 0) {
    throw new ConfigError(
      'Others sign on this database with keys that are not in this data directory. Share the directory, or set COUNTERSIGN_SIGNING_KEYS.',
    )
  }
  await vault.keep(await generateSigningKey(config.signingAlg))
  return vault.load()
}

async function publishKey({ store, logKey, now, randomBytes }: Needs, jwk: PrivateJwk): Promise<void> {
  const known = await store.signingKeys()
  const half = await publicHalf(jwk)
  if (known.some(({ kid }) => kid === half.kid)) return
  const isFirst = known.length === 0
  const { key, members } = await newSigningKey(logKey, half, now(), isFirst)
  const entry = await prepareEntry('key.rotated', key.publishedAt, newTrace(randomBytes), {
    ...members,
    ...(isFirst ? { bootstrap: true } : { configured: true }),
  })
  await store.ensureSigningKey({ key, entry })
}

async function ensureOperator({ store, logKey, now, randomBytes }: Needs, secret: string): Promise<void> {
  const createdAt = now()
  const credential = {
    id: newId(randomBytes),
    kind: 'operator' as const,
    subject: OPERATOR_AGENT,
    prefix: secret.slice(0, 'cs_operator_'.length + 6),
    createdAt,
    expiresAt: createdAt + OPERATOR_LIFE_SECONDS,
    revokedAt: null,
    lastUsedAt: null,
  }
  const { kind, subject } = credential
  const hash = await hashSecret(secret)
  const members = { kind, subject, ...(await credentialMembers(logKey, { ...credential, hash })) }
  const entry = await prepareEntry('credential.added', createdAt, newTrace(randomBytes), members)
  await store.ensureCredential({ credential, hash, entry })
}

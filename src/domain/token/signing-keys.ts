/**
 * The signing keys: the one that signs now, and those that are published.
 *
 * In: private keys from a vault, and the public rows all processes share. Out: `SigningKeys`.
 * A new key is published before it signs; a superseded one stays published until every token it signed has expired.
 * Holds private keys in memory only, and gives out only what signs with them. SPEC 6; RFC 7517, RFC 7638.
 */
import {
  importVerificationKey,
  type PublicJwk,
  type SigningAlgorithm,
  type VerificationKey,
} from '@countersign/verifier'
import { importSigningKey, type Sign, signJws } from '@countersign/verifier/authority'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { NoSigningKey } from '../refusal.ts'
import { MadeSignatures } from './made-signatures.ts'

export type { SigningAlgorithm }

/** Seconds a key is published before it signs, so that no verifier meets an unknown one. */
export const PUBLISH_AHEAD_SECONDS = 300
/** Seconds a superseded key stays published: the longest life of a token, and a minute for clocks. */
export const LINGER_SECONDS = 660
const REFRESH_SECONDS = 5

/** A public key as every process sees it. */
export interface KeyLife {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly publishedAt: number
  readonly signsFrom: number
  /** Set only to take a key out at once, as after a theft. */
  readonly retiredAt: number | null
}

export type PrivateJwk = JWK

export interface PublicHalf {
  /** The thumbprint. */
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly publicJwk: PublicJwk
}

/** The source of private keys. `keep` is absent when configuration gives them. */
export interface KeyVault {
  readonly load: () => Promise<readonly JWK[]>
  readonly keep?: (key: JWK) => Promise<void>
}

/** Keys from configuration: rotation means adding a new one there. */
export const givenKeys = (keys: readonly PrivateJwk[]): KeyVault => ({ load: async () => keys })

export interface SigningKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly sign: Sign
}

export interface SigningKeys {
  /** The newest key whose time to sign has come. Throws `NoSigningKey`. */
  readonly current: (now: number) => Promise<SigningKey>
  /** The public keys to publish, as JWKs with `kid`, `alg` and `use`. */
  readonly published: (now: number) => Promise<readonly Readonly<Record<string, unknown>>[]>
  /** A published key, to check one's own tokens with. What this process signed with it is not verified again. */
  readonly resolve: (kid: string, now: number) => Promise<VerificationKey | undefined>
  /** Makes and keeps a new private key; undefined where keys are given by configuration. */
  readonly create: (alg: SigningAlgorithm) => Promise<PublicHalf | undefined>
  /** Forgets what was read, so that the next call sees a rotation. */
  readonly refresh: () => void
}

/** What is written down has happened, also where the clock has been set back since. */
const reached = (keys: readonly KeyLife[], now: number): number =>
  Math.max(now, ...keys.map((key) => Math.max(key.publishedAt, key.retiredAt ?? 0)))

/** Published from its row until it is retired, or until what superseded it has signed for `LINGER_SECONDS`. */
export function publishedAt(keys: readonly KeyLife[], now: number): readonly KeyLife[] {
  return keys.filter((key) => {
    if (key.retiredAt !== null && key.retiredAt <= now) return false
    const successors = keys.filter((other) => other.signsFrom > key.signsFrom && other.retiredAt === null)
    const supersededAt = Math.min(...successors.map((other) => other.signsFrom))
    return key.publishedAt <= now && now < supersededAt + LINGER_SECONDS
  })
}

/** The key that signs: the latest whose time has come, among those this process holds. */
export function signingAt(keys: readonly KeyLife[], held: ReadonlySet<string>, now: number): KeyLife | undefined {
  const ready = publishedAt(keys, now).filter((key) => key.signsFrom <= now && held.has(key.kid))
  return ready.sort((a, b) => b.signsFrom - a.signsFrom)[0]
}

/** The thumbprint and public half of a private JWK. Throws `TypeError` for anything but P-256 or Ed25519. */
export async function publicHalf(privateJwk: JWK): Promise<PublicHalf> {
  const { kty, crv, x, y } = privateJwk
  if (typeof privateJwk.d !== 'string' || typeof x !== 'string')
    throw new TypeError('A signing key must be a private JWK')
  if (kty === 'EC' && crv === 'P-256' && typeof y === 'string') {
    const publicJwk: PublicJwk = { kty: 'EC', crv, x, y }
    return { kid: await calculateJwkThumbprint(publicJwk), alg: 'ES256', publicJwk }
  }
  if (kty === 'OKP' && crv === 'Ed25519') {
    const publicJwk: PublicJwk = { kty: 'OKP', crv, x }
    return { kid: await calculateJwkThumbprint(publicJwk), alg: 'EdDSA', publicJwk }
  }
  throw new TypeError('A signing key must be P-256 (ES256) or Ed25519 (EdDSA)')
}

export async function generateSigningKey(alg: SigningAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, alg, kid: (await publicHalf(jwk)).kid }
}

/** Joins private keys from the vault with the rows all processes share. Rows are read anew every few seconds. */
export function createSigningKeys(vault: KeyVault, readRows: () => Promise<readonly KeyLife[]>): SigningKeys {
  const held = new Map<string, { readonly key: SigningKey; readonly made: MadeSignatures }>()
  const imported = new Map<string, VerificationKey>()
  let rows: readonly KeyLife[] = []
  let readAt = Number.NEGATIVE_INFINITY

  async function loadHeld(): Promise<void> {
    for (const jwk of await vault.load()) {
      const { kid, alg } = await publicHalf(jwk)
      if (held.has(kid)) continue
      const made = new MadeSignatures()
      held.set(kid, { key: { kid, alg, sign: made.keeping(await importSigningKey(jwk, alg)) }, made })
    }
  }

  /** The rows, and the instant by which to judge them. */
  async function fresh(now: number): Promise<readonly [readonly KeyLife[], number]> {
    if (Math.abs(now - readAt) >= REFRESH_SECONDS) {
      rows = await readRows()
      // A key another process made may lie in a vault that both share.
      if (rows.some((row) => !held.has(row.kid))) await loadHeld()
      readAt = now
    }
    return [rows, reached(rows, now)]
  }

  return {
    async current(now) {
      const [lives, at] = await fresh(now)
      const life = signingAt(lives, new Set(held.keys()), at)
      const key = life && held.get(life.kid)?.key
      if (!key) throw new NoSigningKey('No signing key of this process may sign yet: give the one before it as well')
      return key
    },
    async published(now) {
      return publishedAt(...(await fresh(now))).map((life) => ({
        ...life.publicJwk,
        kid: life.kid,
        alg: life.alg,
        use: 'sig',
      }))
    },
    async resolve(kid, now) {
      const life = publishedAt(...(await fresh(now))).find((candidate) => candidate.kid === kid)
      if (!life) return undefined
      const known = imported.get(kid)
      if (known) return known
      const key = await importVerificationKey({ ...life.publicJwk, alg: life.alg })
      const found = held.get(kid)?.made.sparing(key) ?? key
      imported.set(kid, found)
      return found
    },
    async create(alg) {
      if (!vault.keep) return undefined
      const jwk = await generateSigningKey(alg)
      await vault.keep(jwk)
      await loadHeld()
      return publicHalf(jwk)
    },
    refresh: () => {
      readAt = Number.NEGATIVE_INFINITY
    },
  }
}

/** The header names the key where it has a `kid`. */
export function sign(
  typ: string,
  claims: object,
  { alg, kid, sign: signWith }: Pick<SigningKey, 'alg' | 'sign'> & { readonly kid?: string },
): Promise<string> {
  return signJws({ alg, kid, typ }, claims, signWith)
}

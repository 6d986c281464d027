/** Private keys as text, in settings and in key files. A hint never repeats the text, which may be a secret. SPEC 13. */
import * as z from 'zod'
import type { LogJwk } from '../domain/ledger/log-key.ts'
import type { PrivateJwk } from '../domain/token/signing-keys.ts'
import type { VapidJwk } from './notify/notify-keys.ts'

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const ed25519 = { kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: coordinate, d: coordinate }
const p256 = { kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate, d: coordinate }

/** A setting that is JSON. `hint` says what is wrong, since the text itself may be a secret. */
const json = <T>(shape: z.ZodType<T>, hint: string) =>
  z.string().transform((text, context): T => {
    const parsed = shape.safeParse(jsonOf(text))
    if (parsed.success) return parsed.data
    context.addIssue(hint)
    return z.NEVER
  })

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const logKey = json<LogJwk>(
  z.object(ed25519),
  'must be a private JWK, Ed25519: { "kty": "OKP", "crv": "Ed25519", "x": …, "d": … }',
)
export const vapidKey = json<VapidJwk>(
  z.object(p256),
  'must be a private JWK, P-256: { "kty": "EC", "crv": "P-256", "x": …, "y": …, "d": … }',
)
const privateKey = z.union([z.looseObject(p256), z.looseObject(ed25519)])

export const signingKey = json<PrivateJwk>(privateKey, 'must be a private JWK, P-256 or Ed25519')
export const signingKeys = json<{ readonly keys: readonly PrivateJwk[] }>(
  z.object({ keys: z.array(privateKey).min(1) }),
  'must be a JWKS, { "keys": [ private JWK, … ] }, each key P-256 or Ed25519',
).transform(({ keys }) => keys)

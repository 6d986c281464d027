/**
 * The challenge of a sign-in: it carries its own expiry and MAC, so nothing is stored for anonymous callers. SPEC 3.
 */
import { base64urlDecode, base64urlEncode } from '@countersign/verifier'
import { hashSecret } from '../../domain/identity/credential.ts'
import type { NotifyKeys } from '../notify/notify-keys.ts'

type Marker = Pick<NotifyKeys, 'signInMark'>

const RANDOM_BYTES = 12
const OPENING_BYTES = 4 + RANDOM_BYTES

/** 32 bytes: the expiry in epoch seconds, random bytes, and a mark over both. */
export async function signInChallenge(keys: Marker, expiresAt: number, random: Uint8Array): Promise<Uint8Array> {
  const challenge = new Uint8Array(2 * OPENING_BYTES)
  new DataView(challenge.buffer).setUint32(0, expiresAt)
  challenge.set(random.slice(0, RANDOM_BYTES), 4)
  const mark = await keys.signInMark(challenge.slice(0, OPENING_BYTES))
  challenge.set(mark.slice(0, OPENING_BYTES), OPENING_BYTES)
  return challenge
}

/** When a challenge expires; undefined for one that was not made by this authority. */
export async function expiryOfChallenge(keys: Marker, challenge: string): Promise<number | undefined> {
  if (!/^[\w-]{43}$/.test(challenge)) return undefined
  const opening = base64urlDecode(challenge.slice(0, 24))
  const expiresAt = new DataView(opening.buffer, opening.byteOffset).getUint32(0)
  const own = await signInChallenge(keys, expiresAt, opening.slice(4))
  // Hashed, so that the time of the comparison tells nothing about the mark.
  const isOwn = (await hashSecret(base64urlEncode(own))) === (await hashSecret(challenge))
  return isOwn ? expiresAt : undefined
}

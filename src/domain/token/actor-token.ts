/**
 * The token by which one agent lets another act for it: signed by the authority, for minutes, for one agent alone. It
 * holds the chain so far, and gives no right. SPEC 2.4; RFC 8693, 4.1 and 4.4.
 */
import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import type { ActorChain } from '../approval/approval-request.ts'
import { type SigningKey, sign } from './signing-keys.ts'

/** Shorter than a superseded key stays published. */
export const ACTOR_TOKEN_SECONDS = 300
const TYPE = 'actor+jwt'

export interface ActorGrant {
  /** The chain that the token proves, its parent outermost. */
  readonly act: ActorChain
  /** The one agent that may present it. */
  readonly child: string
  readonly exp: number
}

interface Issue {
  readonly iss: string
  readonly jti: string
  readonly iat: number
}

export const signActorToken = ({ act, child, exp, ...issue }: ActorGrant & Issue, key: SigningKey): Promise<string> =>
  sign(TYPE, { ...issue, aud: issue.iss, exp, sub: act.sub, act: { ...act }, may_act: { sub: child } }, key)

/** What the token proves; `keys`: those published now. */
export async function readActorToken(
  token: string,
  iss: string,
  keys: readonly Readonly<Record<string, unknown>>[],
  now: number,
): Promise<ActorGrant | 'expired' | 'forged'> {
  const options = { issuer: iss, audience: iss, typ: TYPE, currentDate: new Date(now * 1000), requiredClaims: ['exp'] }
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), options)
    return grantOf(payload) ?? 'forged'
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'expired'
    if (error instanceof errors.JOSEError) return 'forged'
    throw error
  }
}

/** What the authority signed has its form. */
function grantOf({ act, may_act: mayAct, exp }: JWTPayload): ActorGrant | undefined {
  const chain = actsIn(act)
  const child = memberOf(mayAct, 'sub')
  return chain && typeof child === 'string' && exp !== undefined ? { act: chain, child, exp } : undefined
}

function actsIn(value: unknown): ActorChain | undefined {
  const [sub, act] = [memberOf(value, 'sub'), memberOf(value, 'act')]
  if (typeof sub !== 'string') return undefined
  if (act === undefined) return { sub }
  const behind = actsIn(act)
  return behind && { sub, act: behind }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

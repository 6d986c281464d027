/**
 * The transaction challenge: an executor's signed answer to a call that came without a token.
 *
 * The agent that relays it can neither change nor make one. Policy and people decide whether it is granted.
 * draft-rosomakho-oauth-txn-challenge-00.
 */
import { type ActionSpec, parseAction } from '../action/action.ts'
import { type Preview, parsePreview } from '../action/preview.ts'
import { stateDigest } from '../action/state.ts'
import type { Actor } from '../consent/statement.ts'
import { randomBase64url } from '../data/bytes.ts'
import type { Digest } from '../data/digest.ts'
import { isJsonObject, type JsonObject } from '../data/json.ts'
import { array, digest, id, instant, openObject, text } from '../data/shape.ts'
import { insist, refusingAsync } from '../errors/refuse.ts'
import { importSigningKey } from '../keys/jwk.ts'
import { openJws, type SigningAlgorithm, signJws, type VerificationKey } from '../keys/jws.ts'
import { readActor } from './claims.ts'

/** An executor's private signing key: a JWK with `kid` and `alg`. */
export type ChallengeKey = JsonWebKey & { readonly kid: string; readonly alg: SigningAlgorithm }

/** The content of a challenge. */
export type ChallengeContent = {
  readonly action: ActionSpec
  /** The executor's own preview. */
  readonly preview?: Preview | undefined
  /** What the preview was computed from, 1 to 1024 bytes: the challenge holds its salted digest. */
  readonly state?: string | undefined
  /** For the approver, in the executor's words: 1 to 1000 characters. */
  readonly reason: string
  readonly reasonUri?: string
  /** The agent, as the executor knows it. */
  readonly act?: Actor | undefined
  /** Default: random. */
  readonly txn?: string
}

/** Longest life of a challenge, in seconds. */
const MAX_CHALLENGE_LIFE_SECONDS = 300
/** Longest challenge that is looked at: 64 KiB of arguments and of preview, twice encoded. */
const MAX_CHALLENGE_LENGTH = 196_608

const TYPE = 'txn-authz-challenge+jwt'

/** Signs a challenge from `audience` (the executor) for `issuer` (the authority), valid for 300 s from `now`. */
export async function createChallenge(
  signer: { readonly key: ChallengeKey; readonly audience: string; readonly issuer: string; readonly now: number },
  { action, preview, state, reason, reasonUri, act, txn = randomBase64url(16) }: ChallengeContent,
): Promise<string> {
  const { kid, alg } = signer.key
  const iat = Math.floor(signer.now)
  const bound = state === undefined ? undefined : await stateDigest(state, { ...action, audience: signer.audience })
  const claims = {
    iss: signer.audience,
    aud: signer.issuer,
    iat,
    exp: iat + MAX_CHALLENGE_LIFE_SECONDS,
    jti: randomBase64url(16),
    txn,
    reason,
    authorization_details: [{ type: 'countersign_action', ...action, state: bound, preview }],
    reason_uri: reasonUri,
    act,
  }
  return await signJws({ alg, kid, typ: TYPE }, claims, await importSigningKey(signer.key, alg))
}

/** A verified challenge. */
export type Challenge = {
  /** The executor that signed it: the audience of the token to come. */
  readonly iss: string
  readonly jti: string
  readonly txn: string
  /** Epoch seconds. */
  readonly issuedAt: number
  /** Epoch seconds. */
  readonly expiresAt: number
  readonly action: ActionSpec
  readonly preview?: Preview
  /** Digest of the state that the approval is to be bound to. */
  readonly state?: Digest
  readonly reason: string
  readonly reasonUri?: string
  readonly act?: Actor
}

/** The expectations that a challenge is checked against. */
export type ChallengeExpectations = {
  /** Finds a key of the executor `iss` by its id. */
  readonly resolveKey: (kid: string, iss: string) => Promise<VerificationKey | undefined>
  /** The authority's issuer. */
  readonly audience: string
  /** The executor, if only one may ask. */
  readonly issuer?: string
  /** Epoch seconds. */
  readonly now: number
  /** Default and most: 5. */
  readonly skewSeconds?: number
}

/**
 * Validates a challenge: `typ`, signature by a key of the executor that it names, `aud`, times (a life of at most 300 s),
 * and the whole action. Unknown claims are ignored, unknown members of the action refused.
 *
 * Throws `invalid_request`. Does not check that it is new (`jti`) nor that the executor is known: `resolveKey` finds no
 * key for a stranger.
 */
export function parseChallenge(challenge: string, expected: ChallengeExpectations): Promise<Challenge> {
  return refusingAsync('invalid_request', async () => {
    insist(challenge.length <= MAX_CHALLENGE_LENGTH, 'length')
    const { resolveKey, issuer, audience } = expected
    const executorKey = (kid: string, unproven: JsonObject) => resolveKey(kid, readClaims(unproven, 'challenge').iss)
    const claims = readClaims(await openJws(challenge, TYPE, executorKey), 'challenge')
    insist(claims.iss === (issuer ?? claims.iss) && claims.aud === audience, 'parties')
    checkTimes(claims, expected)
    return toChallenge(claims)
  })
}

const readClaims = openObject(
  {
    iss: id,
    aud: id,
    iat: instant,
    exp: instant,
    jti: id,
    txn: id,
    reason: text(1000),
    authorization_details: array((value) => value, 1, 1),
  },
  { reason_uri: text(1024), act: readActor },
)

type ChallengeClaims = ReturnType<typeof readClaims>

function checkTimes({ iat, exp }: ChallengeClaims, { now, skewSeconds = 5 }: ChallengeExpectations): void {
  insist(exp <= iat + MAX_CHALLENGE_LIFE_SECONDS, 'life')
  insist(iat <= now + skewSeconds && now < exp + skewSeconds, 'time')
}

function toChallenge(claims: ChallengeClaims): Challenge {
  const { iss, jti, txn, reason, reason_uri: reasonUri, act, iat: issuedAt, exp: expiresAt } = claims
  const [details] = claims.authorization_details
  insist(isJsonObject(details) && details['type'] === 'countersign_action', 'type')
  const { type: _type, preview, state, ...action } = details
  return {
    ...{ iss, jti, txn, reason, issuedAt, expiresAt, action: parseAction(action) },
    ...(preview !== undefined && { preview: parsePreview(preview) }),
    ...(state !== undefined && { state: digest(state, 'state') }),
    ...(reasonUri !== undefined && { reasonUri }),
    ...(act && { act }),
  }
}

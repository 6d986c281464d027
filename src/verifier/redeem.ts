/**
 * Spends a token at the authority.
 *
 * In:  an otherwise verified token, and the executor's credential.
 * Out: the authority's receipt.
 *
 * Retries nothing: after a time-out it is unknown whether the token was spent, and then it must not act. DESIGN 2 and 7.
 */
import { ask, type Transport, unreachable } from './authority.ts'
import type { ApprovalClaims } from './claims.ts'
import { ApprovalError, isErrorCode } from './errors.ts'
import { isJsonObject, type JsonValue, parseJson } from './json.ts'
import { closedObject, integer, matching, text } from './shape.ts'

/** The authority's receipt for one use of a token. */
export type Redemption = {
  readonly jti: string
  readonly request: string
  /** Trace id of the whole story: 32 hex digits. */
  readonly trace: string
  /** Which use of the token this is, from 1. */
  readonly use: number
  /** Epoch seconds, by the authority's clock. */
  readonly redeemedAt: number
}

/** Where and as whom this executor redeems. */
export type RedemptionDesk = {
  readonly issuer: string
  readonly credential: string
  readonly transport: Transport
}

/**
 * Redeems a token: `POST /redemptions`.
 *
 * Throws the authority's own code when it names one (`token_redeemed`, `token_revoked`, `killed`, `policy_denied`, …),
 * else `authority_unreachable`: also for receipts that speak of another token.
 */
export async function redeem(desk: RedemptionDesk, token: string, claims: ApprovalClaims): Promise<Redemption> {
  const answer = await post(desk, '/redemptions', { token })
  if (answer.status !== 201) throw refusal(answer.text)
  try {
    return readReceipt(parseJson(answer.text), claims)
  } catch (cause) {
    throw unreachable(cause)
  }
}

/** Sends JSON to the authority as this executor. */
export function post({ issuer, credential, transport }: RedemptionDesk, path: string, body: JsonValue) {
  const headers = {
    accept: 'application/json, application/problem+json',
    authorization: `Bearer ${credential}`,
    'content-type': 'application/json',
  }
  return ask(transport, `${issuer}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The error behind a refusal. Its words are the authority's and stay out: only the code is taken over. */
export function refusal(body: string): ApprovalError {
  try {
    const problem = parseJson(body)
    if (isJsonObject(problem) && isErrorCode(problem['code'])) return new ApprovalError(problem['code'])
  } catch (cause) {
    return unreachable(cause)
  }
  return unreachable(new Error('an answer without a known code'))
}

function readReceipt(value: JsonValue, claims: ApprovalClaims): Redemption {
  const receipt = closedObject(value, 'redemption', ['jti', 'request', 'trace', 'use', 'redeemed_at'])
  const jti = text(receipt['jti'], 'redemption.jti', 22)
  const request = text(receipt['request'], 'redemption.request', 512)
  if (jti !== claims.jti || request !== claims.approval.request) throw new TypeError('a receipt for another token')
  return {
    jti,
    request,
    trace: matching(receipt['trace'], 'redemption.trace', /^[0-9a-f]{32}$/),
    use: integer(receipt['use'], 'redemption.use', 1, claims.authorization_details[0].uses),
    redeemedAt: integer(receipt['redeemed_at'], 'redemption.redeemed_at', 0),
  }
}

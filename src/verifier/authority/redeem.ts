/**
 * Spends a token at the authority.
 *
 * Retries nothing: after a time-out it is unknown whether the token was spent, and then it must not act. SPEC 2 and 7.
 */
import { type JsonValue, parseJson } from '../data/json.ts'
import { bytes16, id, instant, integer, matching, object, oneOf, openObject } from '../data/shape.ts'
import { ApprovalError, ERROR_CODES } from '../errors/approval-error.ts'
import { insist, refusing } from '../errors/refuse.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'
import { ask, type Transport } from './transport.ts'

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
  return refusing('authority_unreachable', () => readReceipt(parseJson(answer.text), claims))
}

/** Sends JSON to the authority as this executor. Members that are undefined are left out. */
export function post({ issuer, credential, transport }: RedemptionDesk, path: string, body: object) {
  const headers = {
    accept: 'application/json, application/problem+json',
    authorization: `Bearer ${credential}`,
    'content-type': 'application/json',
  }
  return ask(transport, `${issuer}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The error behind a refusal. Its words are the authority's and stay out: only the code is taken over. */
export function refusal(body: string): ApprovalError {
  const code = refusing('authority_unreachable', () => readProblem(parseJson(body), 'problem').code)
  return new ApprovalError(code)
}

const readProblem = openObject({ code: oneOf(...ERROR_CODES) })

const readMembers = object({
  jti: bytes16,
  request: id,
  trace: matching(/^[0-9a-f]{32}$/),
  use: integer(1),
  redeemed_at: instant,
})

function readReceipt(value: JsonValue, claims: ApprovalClaims): Redemption {
  const { redeemed_at: redeemedAt, ...receipt } = readMembers(value, 'redemption')
  insist(receipt.jti === claims.jti && receipt.request === claims.approval.request, 'receipt')
  insist(receipt.use <= claims.authorization_details[0].uses, 'use')
  return Object.freeze({ ...receipt, redeemedAt })
}

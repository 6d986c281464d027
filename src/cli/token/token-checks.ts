/**
 * Inspects a token from outside: the checks that pass, those that fail, and those that were not made.
 *
 * It never redeems and reports no check it did not make. It is no substitute for the verifier: an executor that asked
 * this instead of `guard` would act on spent and revoked tokens. SPEC 6.
 */
import {
  type ApprovalClaims,
  ApprovalError,
  type ApproverDirectory,
  actionDigest,
  buildDirectory,
  type Consent,
  type JsonObject,
  openStatusList,
  openToken,
  parseApprovers,
  parseCall,
  parseKeySet,
  type ResolveKey,
  statementOf,
  statusAt,
  type TokenHeader,
  verifyConsent,
} from '@countersign/verifier'
import type { Client } from '../../client/client.ts'
import { failureOf } from '../exit.ts'

export interface Check {
  readonly check: string
  readonly result: 'holds' | 'fails' | 'not checked'
  readonly detail: string
}

export interface Inspection {
  readonly header: TokenHeader
  readonly claims: ApprovalClaims
  readonly consents: readonly ConsentRow[]
  readonly checks: readonly Check[]
}

interface InspectInput {
  readonly token: string
  readonly client: Client
  readonly issuer: string
  readonly now: number
  /** Name, resource and arguments of the call the token is said to be for. */
  readonly call: unknown
}

/** Throws `ApprovalError` when it is no token of this authority: unread claims are not shown. */
export async function checkToken({ token, client, issuer, now, call }: InspectInput): Promise<Inspection> {
  const resolveKey = await keysOf(client)
  const { header, claims } = await openToken(token, resolveKey)
  const consents = await checkConsents(claims, client)
  const signature = { check: 'signature', result: 'holds', detail: `${header.alg}, by key ${header.kid}` } as const
  const checks = [
    signature,
    checkOf('issuer', claims.iss === issuer, claims.iss),
    timeCheck(claims, now),
    consentCheck(claims, consents),
    await statusCheck(claims, client, resolveKey, now),
    await callCheck(claims, call),
    notChecked('audience', `only ${claims.aud} may act on it`),
    ...(claims.authorization_details[0].state === undefined ? [] : [STATE_NOT_CHECKED]),
    notChecked('spent', 'only a redemption can tell, and that would spend it'),
  ]
  return { header, claims, consents, checks }
}

/** The authority's signing keys, as it publishes them at this moment. */
export async function keysOf(client: Client): Promise<ResolveKey> {
  const jwks = await client.call('jwks')
  if (!jwks.ok) throw failureOf(jwks.problem)
  const keys = await parseKeySet({ keys: jwks.value.keys as JsonObject[] })
  return async (kid) => keys.get(kid)
}

const checkOf = (check: string, holds: boolean, detail: string): Check => ({
  check,
  result: holds ? 'holds' : 'fails',
  detail,
})

const notChecked = (check: string, detail: string): Check => ({ check, result: 'not checked', detail })

const STATE_NOT_CHECKED = notChecked('state', 'only the executor knows whether it is still the same')

function timeCheck({ iat, exp }: ApprovalClaims, now: number): Check {
  if (now < iat) return checkOf('time', false, `not valid for another ${iat - now} s`)
  return checkOf('time', now < exp, now < exp ? `${exp - now} s left` : `expired ${now - exp} s ago`)
}

function consentCheck({ approval }: ApprovalClaims, consents: readonly ConsentRow[]): Check {
  if (approval.origin === 'policy') return checkOf('consents', true, 'none needed: allowed by policy')
  const people = new Set(consents.filter((consent) => consent.problem === null).map(({ approver }) => approver))
  const holds = people.size >= approval.quorum && consents.every((consent) => consent.problem === null)
  return checkOf('consents', holds, `${people.size} of ${approval.quorum} verified by passkey signature`)
}

async function statusCheck(
  claims: ApprovalClaims,
  client: Client,
  resolveKey: ResolveKey,
  now: number,
): Promise<Check> {
  const { idx, uri } = claims.status.status_list
  const list = /\/status\/([^/]+)$/.exec(uri)?.[1]
  const answer = list === undefined ? undefined : await client.call('statusList', { params: { list } })
  if (!answer?.ok || typeof answer.value !== 'string') return notChecked('revoked', 'its status list cannot be read')
  try {
    const opened = await openStatusList(answer.value, uri, resolveKey)
    if (opened.expiresAt <= now) return notChecked('revoked', 'its status list is out of date')
    const valid = statusAt(opened, idx) === 0
    return checkOf('revoked', valid, valid ? 'not revoked' : 'it was revoked')
  } catch {
    return notChecked('revoked', 'its status list does not verify')
  }
}

async function callCheck({ aud, authorization_details }: ApprovalClaims, call: unknown): Promise<Check> {
  if (call === undefined) return notChecked('call', 'give the call with --call to compare')
  const [{ digest, salt }] = authorization_details
  return checkOf('call', (await actionDigest({ ...parseCall(call), salt }, aud)) === digest, digest)
}

/** Why there is nothing to show, in the words of the verifier. */
export const refusalOf = (error: unknown): { code: string; message: string } | undefined =>
  error instanceof ApprovalError ? { code: error.code, message: error.message } : undefined

interface ConsentRow {
  readonly approver: string
  /** Thumbprint of the passkey. */
  readonly key: string
  readonly expires: number
  /** It was one of several given with one gesture. */
  readonly batch: boolean
  /** Null when the signature holds. */
  readonly problem: string | null
}

/**
 * Each consent against the approvers' published passkeys. A deadline that has passed is no fault here: the token's own
 * time is checked beside it. SPEC 5.
 */
async function checkConsents(claims: ApprovalClaims, client: Client): Promise<ConsentRow[]> {
  if (claims.approval.consents.length === 0) return []
  const directory = await directoryOf(client)
  return Promise.all(claims.approval.consents.map((consent) => rowOf(claims, consent, directory)))
}

async function directoryOf(client: Client): Promise<ApproverDirectory> {
  const answer = await client.call('approverKeys')
  if (!answer.ok) throw failureOf(answer.problem)
  return buildDirectory(parseApprovers(answer.value))
}

async function rowOf(claims: ApprovalClaims, consent: Consent, directory: ApproverDirectory): Promise<ConsentRow> {
  const { approver, key, expires, batch } = consent
  return { approver, key, expires, batch: batch !== undefined, problem: await problemWith(claims, consent, directory) }
}

async function problemWith(
  claims: ApprovalClaims,
  consent: Consent,
  directory: ApproverDirectory,
): Promise<string | null> {
  const key = directory.approvers.get(consent.approver)?.keys.find(({ kid }) => kid === consent.key)
  if (key === undefined) return 'no such passkey is enrolled'
  try {
    await verifyConsent(statementOf(claims, consent), consent, key, directory)
    return null
  } catch (error) {
    return error instanceof ApprovalError ? error.message : 'it cannot be checked'
  }
}

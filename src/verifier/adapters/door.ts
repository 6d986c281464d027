/**
 * `@countersign/verifier/door`: the common part of the HTTP adapters, for servers that have none of their own.
 *
 * It finds the token, reads the body and words a refusal. It verifies nothing. A doubled header is refused. RFC 6750, RFC
 * 9449, SPEC 6.
 */
import { ApprovalError, type CallOptions, type JsonValue, parseJson } from '../index.ts'

export { type Problem, toProblem } from '../errors/problem.ts'

/** Most bytes of a request body that are read. */
export const MAX_BODY_BYTES = 262_144

export type Incoming = {
  readonly method: string
  /** As the server sees it. Its path counts; `publicUrl` gives the rest. */
  readonly url: string
  /** Every value a header was sent with. */
  readonly header: (name: string) => readonly string[]
}

/** The used part of a request of Node. `rawHeaders`: names and values in turn, as they were sent. */
export type NodeIncoming = {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
}

/** Reads headers as they were sent: Node silently drops the second `Authorization`. */
export function incomingOf({ method, url, rawHeaders }: NodeIncoming): Incoming {
  const header = (name: string) =>
    rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
  return { method, url, header }
}

export type DoorOptions = {
  /**
   * `Authorization` carries the caller's own credential: the approval token is looked for in `Approval-Token` alone.
   * Without this a caller that has only its own credential is told that it is no approval token, and gets no challenge.
   */
  readonly authorizationIsTaken?: boolean
}

/** Finds token, proof and capability in the headers. Throws `token_malformed` for doubled or unreadable ones. */
export function readCredentials(incoming: Incoming, { authorizationIsTaken = false }: DoorOptions): CallOptions {
  const { method, url } = incoming
  const acceptsChallenge = single(incoming, 'accept-txn-challenge') === '?1'
  const carried = readApprovalToken(incoming) ?? (authorizationIsTaken ? undefined : readAuthorization(incoming))
  if (carried === undefined) return { acceptsChallenge }
  const { token, ...where } = carried
  const proof = single(incoming, 'dpop')
  return { token, acceptsChallenge, dpop: { method, url, ...where, ...(proof !== undefined && { proof }) } }
}

type Carried = {
  readonly token: string
  readonly carriedIn: 'authorization' | 'approval-token'
  readonly scheme?: 'Bearer' | 'DPoP'
}

function readApprovalToken(incoming: Incoming): Carried | undefined {
  const token = single(incoming, 'approval-token')
  return token === undefined ? undefined : { token, carriedIn: 'approval-token' }
}

function readAuthorization(incoming: Incoming): Carried | undefined {
  const value = single(incoming, 'authorization')
  const scheme = value?.match(/^(bearer|dpop)(?: |$)/i)?.[1]
  if (value === undefined || scheme === undefined) return undefined
  const token = value.slice(scheme.length).trim()
  return { token, carriedIn: 'authorization', scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer' }
}

/** The one value of a header. Platforms that join doubled headers do so with a comma, which none of ours may hold. */
function single(incoming: Incoming, name: string): string | undefined {
  const [value, ...others] = incoming.header(name)
  const joined = value?.includes(',') && name !== 'authorization'
  const joinedTokens = name === 'authorization' && /^(?:bearer|dpop) .*,/i.test(value ?? '')
  if (others.length > 0 || joined || joinedTokens) {
    throw new ApprovalError(name === 'dpop' ? 'proof_of_possession' : 'token_malformed', {
      message: `The header ${name} was sent twice. Send it once.`,
    })
  }
  return value
}

/** Parses a body strictly; undefined when there is none. Throws `invalid_request`. */
export function parseBody(bytes: Uint8Array): JsonValue | undefined {
  if (bytes.length === 0) return undefined
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new ApprovalError('invalid_request', { message: 'The body is not UTF-8.', cause })
  }
  return parseJson(text)
}

/** A body as the arguments of an action. Throws `invalid_request` for anything but an object. */
export function asArguments<Args>(body: JsonValue | undefined): Args {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ApprovalError('invalid_request', { message: 'The body must be a JSON object: the arguments.' })
  }
  // The action's own code checks the members, as it does for every argument from outside.
  return body as Args
}

export function tooLarge(): ApprovalError {
  return new ApprovalError('invalid_request', { message: 'The body is larger than 256 KiB. Send less.', status: 413 })
}

/** Misuse: a body that another parser read may have lost a doubled member, which cannot be recovered. */
export function alreadyRead(): TypeError {
  return new TypeError('approved() reads the body itself: mount it before any body parser')
}

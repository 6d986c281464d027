/**
 * Parses a browser's answer to a passkey gesture.
 *
 * In: untrusted AuthenticationResponseJSON. Out: bytes and the few facts in them, or `consent_invalid`.
 * Checks form and length alone: the verifier checks the rules and the signature. WebAuthn Level 3 section 5.2.2, 6.1.
 */
import { base64urlDecode, parseJson } from '@countersign/verifier'
import { ok, type Result, refuse } from '../refusal.ts'

type Bytes = ReturnType<typeof base64urlDecode>

export interface AssertionResponse {
  /** base64url. */
  readonly credentialId: string
  /** base64url, or null where the authenticator gave none. */
  readonly userHandle: string | null
  readonly authenticatorData: Bytes
  readonly clientDataJson: Bytes
  readonly signature: Bytes
  /** As they came, for the token. */
  readonly encoded: { readonly authenticatorData: string; readonly clientDataJson: string; readonly signature: string }
  /** base64url, as clientDataJSON states it. */
  readonly challenge: string
  readonly counter: number
  readonly backedUp: boolean
}

const BACKED_UP = 0x10
/** Longest parts, in characters. Together they fit into one entry of the ledger; honest ones are a tenth of it. */
const MAX = { id: 1400, authenticatorData: 1024, clientDataJSON: 2048, signature: 1024, challenge: 128 } as const

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

/** All of them are base64url: nothing else is looked up or stored. */
function textOf(value: unknown, name: keyof typeof MAX): string {
  const text = member(value, name)
  if (typeof text !== 'string' || text.length > MAX[name] || !/^[A-Za-z0-9_-]+$/.test(text))
    throw new TypeError(`${name} is missing`)
  return text
}

/** Never throws. */
export function parseAssertionResponse(untrusted: unknown): Result<AssertionResponse> {
  try {
    return ok(read(untrusted))
  } catch {
    return refuse('consent_invalid', 'The passkey’s answer is not well formed. Start again.')
  }
}

function read(untrusted: unknown): AssertionResponse {
  const response = member(untrusted, 'response')
  const encoded = {
    authenticatorData: textOf(response, 'authenticatorData'),
    clientDataJson: textOf(response, 'clientDataJSON'),
    signature: textOf(response, 'signature'),
  }
  const authenticatorData = base64urlDecode(encoded.authenticatorData)
  const clientDataJson = base64urlDecode(encoded.clientDataJson)
  if (authenticatorData.length < 37) throw new TypeError('authenticatorData is too short')
  const handle = member(response, 'userHandle')
  return {
    credentialId: textOf(untrusted, 'id'),
    userHandle: typeof handle === 'string' && handle !== '' ? new TextDecoder().decode(base64urlDecode(handle)) : null,
    authenticatorData,
    clientDataJson,
    signature: base64urlDecode(encoded.signature),
    encoded,
    challenge: textOf(parseJson(new TextDecoder('utf-8', { fatal: true }).decode(clientDataJson)), 'challenge'),
    counter: new DataView(authenticatorData.buffer, authenticatorData.byteOffset).getUint32(33),
    backedUp: ((authenticatorData[32] ?? 0) & BACKED_UP) !== 0,
  }
}

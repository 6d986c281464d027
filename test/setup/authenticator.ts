/**
 * A software passkey for tests: real keys, real signatures, the real byte formats of WebAuthn Level 3.
 *
 * In: creation options or a challenge, as a browser hands them to an authenticator.
 * Out: the JSON a browser returns (`RegistrationResponseJSON`, `AuthenticationResponseJSON`).
 *
 * Every check a relying party makes can be made to fail through the overrides of `assert`.
 * Not an authenticator to use: keys live in memory and nobody is asked for consent.
 */
import type { ApproverKey, Consent } from '@countersign/verifier'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { calculateJwkThumbprint } from 'jose'

/** COSE algorithm identifiers: ES256, EdDSA (Ed25519), RS256. */
export type CoseAlgorithm = -7 | -8 | -257

export interface AuthenticatorOptions {
  readonly rpId: string
  readonly origin: string
  /** Default -7 (ES256). */
  readonly alg?: CoseAlgorithm
  /** Backup eligible: a synced passkey. Default false. */
  readonly be?: boolean
  /** Backed up now; only possible with `be`. Default: as `be`. */
  readonly bs?: boolean
  /** A fixed key instead of a fresh one, so that vectors can be made again. */
  readonly privateJwk?: JsonWebKey
  /** Base64url; default 16 random bytes. */
  readonly credentialId?: string
  /** What it says of its new key, where that is not the truth. */
  readonly registers?: Registers
}

/** The odd parts of a registration. All have honest defaults. */
export interface Registers {
  /** The COSE key, as bytes of CBOR. */
  readonly cose?: Bytes
  /** The whole flags byte. */
  readonly flags?: number
  readonly fmt?: string
  /** The attestation statement, as bytes of CBOR. */
  readonly statement?: Bytes
  /** The whole attestation object. */
  readonly object?: Bytes
}

/** The content of one assertion. All but `challenge` have honest defaults. */
export interface AssertOptions {
  /** Base64url, as in `PublicKeyCredentialRequestOptionsJSON`. */
  readonly challenge: string
  readonly rpId?: string
  readonly origin?: string
  readonly userPresent?: boolean
  readonly userVerified?: boolean
  /** The whole flags byte, over everything else. */
  readonly flags?: number
  readonly be?: boolean
  readonly bs?: boolean
  /** Signature counter; default 0, as synced passkeys report. */
  readonly counter?: number
  readonly type?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  /** The text of clientDataJSON, over everything else. */
  readonly clientDataJson?: string
  /** Bytes after the 37 of authenticatorData, for malformed cases. */
  readonly trailing?: Uint8Array
  readonly userHandle?: string
}

export interface Authenticator {
  readonly credentialId: string
  readonly alg: CoseAlgorithm
  /** The public key. */
  readonly jwk: JsonWebKey
  /** RFC 7638 thumbprint of `jwk`. */
  readonly kid: string
  /** The key as `/.well-known/approvers.json` lists it. */
  readonly approverKey: ApproverKey
  /** Base64url user handle of the last registration. */
  readonly userHandle: string | undefined
  register(options: PublicKeyCredentialCreationOptionsJSON): Promise<RegistrationResponseJSON>
  assert(options: AssertOptions): Promise<AuthenticationResponseJSON>
}

const FLAG = { up: 0x01, uv: 0x04, be: 0x08, bs: 0x10, at: 0x40 } as const
const JOSE_ALG = { '-7': 'ES256', '-8': 'EdDSA', '-257': 'RS256' } as const
const SUBTLE = {
  '-7': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  '-8': { name: 'Ed25519' },
  '-257': {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const

export type Bytes = Uint8Array<ArrayBuffer>

/** Makes one passkey for one relying party. */
export async function createAuthenticator(options: AuthenticatorOptions): Promise<Authenticator> {
  const alg = options.alg ?? -7
  const be = options.be ?? false
  const bs = options.bs ?? be
  const { privateKey, jwk } = await keyPair(alg, options.privateJwk)
  const kid = await calculateJwkThumbprint(jwk as Parameters<typeof calculateJwkThumbprint>[0])
  const credentialId = options.credentialId ?? encode(crypto.getRandomValues(new Uint8Array(16)))
  let userHandle: string | undefined

  const register: Authenticator['register'] = async (creation) => {
    userHandle = creation.user.id
    const odd = options.registers ?? {}
    const flags = odd.flags ?? FLAG.up | FLAG.uv | FLAG.at | backup(be, bs)
    const attested = concat(
      new Uint8Array(16),
      uint16(decode(credentialId).length),
      decode(credentialId),
      odd.cose ?? cose(alg, jwk),
    )
    const authData = concat(await head(creation.rp.id ?? options.rpId, flags, 0), attested)
    const clientDataJSON = clientData('webauthn.create', creation.challenge, options.origin)
    return {
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: encode(utf8(clientDataJSON)),
        attestationObject: encode(odd.object ?? attestationObject(authData, odd.fmt, odd.statement)),
        authenticatorData: encode(authData),
        publicKeyAlgorithm: alg,
        transports: be ? ['internal', 'hybrid'] : ['internal'],
      },
    }
  }

  const assert: Authenticator['assert'] = async (wanted) => {
    const present = (wanted.userPresent === false ? 0 : FLAG.up) | (wanted.userVerified === false ? 0 : FLAG.uv)
    const flags = wanted.flags ?? present | backup(wanted.be ?? be, wanted.bs ?? bs)
    const authData = concat(
      await head(wanted.rpId ?? options.rpId, flags, wanted.counter ?? 0),
      wanted.trailing ?? new Uint8Array(),
    )
    const text = wanted.clientDataJson ?? clientData(wanted.type, wanted.challenge, options.origin, wanted)
    const signature = await sign(alg, privateKey, concat(authData, await sha256(utf8(text))))
    const handle = wanted.userHandle ?? userHandle
    return {
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: encode(utf8(text)),
        authenticatorData: encode(authData),
        signature: encode(signature),
        ...(handle === undefined ? {} : { userHandle: handle }),
      },
    }
  }

  return {
    credentialId,
    alg,
    jwk,
    kid,
    approverKey: { ...jwk, kid, alg: JOSE_ALG[`${alg}`], be } as ApproverKey,
    get userHandle() {
      return userHandle
    },
    register,
    assert,
  }
}

/** As the typed client takes it: plain members, and the rest left to the authority. */
export const wire = ({ id, rawId, type, response }: AuthenticationResponseJSON | RegistrationResponseJSON) => ({
  id,
  rawId,
  type,
  response: { ...response },
})

/** A new passkey, and its own signature over the statement that it was offered. */
export async function newPasskey(
  authenticator: Authenticator,
  { creation }: { readonly creation: unknown },
  overrides: Partial<AssertOptions> = {},
) {
  const options = creation as PublicKeyCredentialCreationOptionsJSON
  const registration = wire(await authenticator.register(options))
  const trial = wire(await authenticator.assert({ challenge: options.challenge, ...overrides }))
  return { registration, trial }
}

/** The consent of a token (SPEC 6), from an assertion and what the statement said. */
export function toConsent(
  assertion: AuthenticationResponseJSON,
  said: Omit<Consent, 'authenticator_data' | 'client_data_json' | 'signature'>,
): Consent {
  return {
    approver: said.approver,
    nonce: said.nonce,
    expires: said.expires,
    preview: said.preview,
    key: said.key,
    authenticator_data: assertion.response.authenticatorData,
    client_data_json: assertion.response.clientDataJSON,
    signature: assertion.response.signature,
    ...(said.on_behalf_of === undefined ? {} : { on_behalf_of: said.on_behalf_of }),
    ...(said.batch === undefined ? {} : { batch: said.batch }),
  }
}

async function keyPair(alg: CoseAlgorithm, fixed?: JsonWebKey): Promise<{ privateKey: CryptoKey; jwk: JsonWebKey }> {
  const algorithm = SUBTLE[`${alg}`]
  const pair = fixed ?? (await generate(algorithm))
  const { kty, crv, x, y, n, e } = pair
  const jwk = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }
  const importable = { ...pair }
  delete importable.alg
  delete importable.key_ops
  const privateKey = await crypto.subtle.importKey('jwk', importable, algorithm, false, ['sign'])
  return { privateKey, jwk: jwk as JsonWebKey }
}

async function generate(algorithm: (typeof SUBTLE)[keyof typeof SUBTLE]): Promise<JsonWebKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('not a key pair')
  return await crypto.subtle.exportKey('jwk', pair.privateKey)
}

async function sign(alg: CoseAlgorithm, key: CryptoKey, data: Bytes): Promise<Bytes> {
  const raw = new Uint8Array(await crypto.subtle.sign(SUBTLE[`${alg}`], key, data))
  return alg === -7 ? derOf(raw) : raw
}

/** r‖s as an ASN.1 SEQUENCE of two INTEGERs, as authenticators return ES256. */
export function derOf(raw: Uint8Array): Bytes {
  const body = concat(derInteger(raw.subarray(0, 32)), derInteger(raw.subarray(32)))
  return concat(new Uint8Array([0x30, body.length]), body)
}

function derInteger(bytes: Uint8Array): Bytes {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  const pad = (digits[0] ?? 0) > 0x7f ? new Uint8Array([0]) : new Uint8Array()
  return concat(new Uint8Array([0x02, pad.length + digits.length]), pad, digits)
}

function backup(be: boolean, bs: boolean): number {
  return (be ? FLAG.be : 0) | (bs ? FLAG.bs : 0)
}

async function head(rpId: string, flags: number, counter: number): Promise<Bytes> {
  const count = new Uint8Array(4)
  new DataView(count.buffer).setUint32(0, counter)
  return concat(await sha256(utf8(rpId)), new Uint8Array([flags]), count)
}

function clientData(
  type: string | undefined,
  challenge: string,
  origin: string,
  more: Pick<AssertOptions, 'origin' | 'crossOrigin' | 'topOrigin'> = {},
): string {
  return JSON.stringify({
    type: type ?? 'webauthn.get',
    challenge,
    origin: more.origin ?? origin,
    crossOrigin: more.crossOrigin ?? false,
    ...(more.topOrigin === undefined ? {} : { topOrigin: more.topOrigin }),
  })
}

// Just enough CBOR (RFC 8949, deterministic form) for COSE_Key and an attestation object.

function cborHead(major: number, value: number): Bytes {
  if (value < 24) return new Uint8Array([(major << 5) | value])
  if (value < 256) return new Uint8Array([(major << 5) | 24, value])
  return concat(new Uint8Array([(major << 5) | 25]), uint16(value))
}

export function cborInteger(value: number): Bytes {
  return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value)
}

export function cborBytes(bytes: Uint8Array): Bytes {
  return concat(cborHead(2, bytes.length), bytes)
}

export function cborText(text: string): Bytes {
  return concat(cborHead(3, utf8(text).length), utf8(text))
}

export function cborMap(entries: readonly (readonly [Bytes, Bytes])[]): Bytes {
  return concat(cborHead(5, entries.length), ...entries.flat())
}

function attestationObject(authData: Bytes, fmt = 'none', statement = cborMap([])): Bytes {
  return cborMap([
    [cborText('fmt'), cborText(fmt)],
    [cborText('attStmt'), statement],
    [cborText('authData'), cborBytes(authData)],
  ])
}

/** COSE_Key (RFC 9053): EC2, OKP or RSA. */
function cose(alg: CoseAlgorithm, jwk: JsonWebKey): Bytes {
  const field = (label: number, value: number | string | undefined) =>
    [cborInteger(label), typeof value === 'number' ? cborInteger(value) : cborBytes(decode(value ?? ''))] as const
  if (alg === -7) return cborMap([field(1, 2), field(3, alg), field(-1, 1), field(-2, jwk.x), field(-3, jwk.y)])
  if (alg === -8) return cborMap([field(1, 1), field(3, alg), field(-1, 6), field(-2, jwk.x)])
  return cborMap([field(1, 3), field(3, alg), field(-1, jwk.n), field(-2, jwk.e)])
}

function uint16(value: number): Bytes {
  return new Uint8Array([value >> 8, value & 0xff])
}

function concat(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(parts))
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function decode(text: string): Bytes {
  return new Uint8Array(Buffer.from(text, 'base64url'))
}

/**
 * Keys and registrations as no honest authenticator writes them, or as faulty ones did: each an answer that a person must
 * be able to understand, and none a fault of the authority.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { type Bytes, cborBytes, cborInteger, cborMap, cborText, type Registers } from './authenticator.ts'

const bytes = (...values: readonly number[]): Bytes => new Uint8Array(values)
const random = (count: number): Bytes => new Uint8Array(randomBytes(count))
const joined = (...parts: readonly Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts))
const fromBase64url = (text: string | undefined): Bytes => new Uint8Array(Buffer.from(text ?? '', 'base64url'))

type Label = readonly [label: number, value: Bytes]

const keyOf = (...labels: readonly Label[]): Bytes =>
  cborMap(labels.map(([label, value]) => [cborInteger(label), value] as const))
const int = cborInteger
const point = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const [x, y] = [fromBase64url(point.x), fromBase64url(point.y)]

const ec = (x: Bytes, y: Bytes, { alg = -7, crv = 1 } = {}): Bytes =>
  keyOf([1, int(2)], [3, int(alg)], [-1, int(crv)], [-2, x], [-3, y])
const okp = (x: Bytes, crv = 6): Bytes => keyOf([1, int(1)], [3, int(-8)], [-1, int(crv)], [-2, x])
const rsa = (n: Bytes, e: Bytes): Bytes => keyOf([1, int(3)], [3, int(-257)], [-1, cborBytes(n)], [-2, cborBytes(e)])
const modulus = (bits: number): Bytes => joined(bytes(0xc1), random(bits / 8 - 2), bytes(0x0d))
const F4 = bytes(1, 0, 1)
const head = (major: number, length: number): Bytes =>
  bytes((major << 5) | 26, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255)

/** Keys that no verifier can use, whoever holds them. */
export const UNUSABLE_KEYS: readonly (readonly [name: string, cose: Bytes])[] = [
  ['a P-256 point with a short coordinate', ec(cborBytes(x.subarray(1)), cborBytes(y))],
  ['a P-256 point with a long coordinate', ec(cborBytes(joined(bytes(0), x)), cborBytes(y))],
  ['a P-256 point without coordinates', ec(cborBytes(bytes()), cborBytes(bytes()))],
  ['a P-256 point off the curve', ec(cborBytes(x), cborBytes(random(32)))],
  ['a P-256 point of zeros', ec(cborBytes(new Uint8Array(32)), cborBytes(new Uint8Array(32)))],
  ['a P-256 coordinate beyond the field', ec(cborBytes(new Uint8Array(32).fill(255)), cborBytes(y))],
  ['a compressed point', ec(cborBytes(x), bytes(0xf5))],
  ['a coordinate that is text', ec(cborText('x'.repeat(32)), cborBytes(y))],
  ['a coordinate that is a number', ec(int(7), cborBytes(y))],
  ['a point said to be of P-384', ec(cborBytes(x), cborBytes(y), { crv: 2 })],
  ['a point said to be of secp256k1', ec(cborBytes(x), cborBytes(y), { crv: 8 })],
  ['a point of an unknown curve', ec(cborBytes(x), cborBytes(y), { crv: 99 })],
  ['a point for RS256', ec(cborBytes(x), cborBytes(y), { alg: -257 })],
  ['a point for Ed25519', ec(cborBytes(x), cborBytes(y), { alg: -8 })],
  ['a point for an algorithm nobody asked for', ec(cborBytes(x), cborBytes(y), { alg: -35 })],
  ['a point for an unknown algorithm', ec(cborBytes(x), cborBytes(y), { alg: -12_345 })],
  ['an algorithm that is text', keyOf([1, int(2)], [3, cborText('ES256')], [-1, int(1)], [-2, cborBytes(x)])],
  ['no algorithm', keyOf([1, int(2)], [-1, int(1)], [-2, cborBytes(x)], [-3, cborBytes(y)])],
  ['an Ed25519 key of 31 bytes', okp(cborBytes(random(31)))],
  ['an Ed25519 key of 33 bytes', okp(cborBytes(random(33)))],
  ['an Ed25519 key of no bytes', okp(cborBytes(bytes()))],
  ['an X25519 key', okp(cborBytes(random(32)), 4)],
  ['an Ed448 key', okp(cborBytes(random(57)), 7)],
  ['an Ed25519 key as a browser once wrote it', brokenEd25519(0xa3)],
  ['an Ed25519 key with its type and curve as text', brokenEd25519(0xa4)],
  ['an RSA key of 1024 bits', rsa(modulus(1024), F4)],
  ['an RSA key of 2040 bits', rsa(modulus(2040), F4)],
  ['an RSA key of 8240 bits', rsa(modulus(8240), F4)],
  ['an RSA modulus with a leading zero', rsa(joined(bytes(0), modulus(2048)), F4)],
  ['an RSA exponent of one', rsa(modulus(2048), bytes(1))],
  ['an RSA exponent of one in three bytes', rsa(modulus(2048), bytes(0, 0, 1))],
  ['an RSA exponent of three', rsa(modulus(2048), bytes(3))],
  ['an RSA exponent of nine bytes', rsa(modulus(2048), random(9))],
  ['an RSA key without an exponent', keyOf([1, int(3)], [3, int(-257)], [-1, cborBytes(modulus(2048))])],
  ['an RSA key of nothing', rsa(bytes(), bytes())],
  ['a key type nobody knows', keyOf([1, int(99)], [3, int(-7)], [-2, cborBytes(x)])],
  ['a symmetric key', keyOf([1, int(4)], [3, int(-7)], [-1, cborBytes(x)])],
  ['a key type that is text', keyOf([1, cborText('EC2')], [3, int(-7)], [-2, cborBytes(x)], [-3, cborBytes(y)])],
  ['no key type', keyOf([3, int(-7)], [-1, int(1)], [-2, cborBytes(x)], [-3, cborBytes(y)])],
]

/** Bytes that are no COSE key at all. */
export const ODD_CBOR: readonly (readonly [name: string, cose: Bytes])[] = [
  ['nothing', bytes()],
  ['an empty map', cborMap([])],
  ['a number', int(7)],
  ['a text', cborText('key')],
  ['an array', bytes(0x83, 1, 2, 3)],
  ['null', bytes(0xf6)],
  ['a truncated map', ec(cborBytes(x), cborBytes(y)).subarray(0, 40)],
  ['a map of four thousand million', joined(head(5, 0xffff_ffff), bytes(1, 2))],
  ['a byte string of four thousand million', joined(bytes(0xa1, 1), head(2, 0xffff_ffff))],
  ['an indefinite map', joined(bytes(0xbf, 1, 2), bytes(0xff))],
  ['a member twice', joined(bytes(0xa6), ec(cborBytes(x), cborBytes(y)).subarray(1), bytes(1, 2))],
  ['bytes after the key', joined(ec(cborBytes(x), cborBytes(y)), bytes(0))],
  ['numbers longer than needed', joined(bytes(0xa5, 0x18, 1, 2), ec(cborBytes(x), cborBytes(y)).subarray(3))],
  ['two thousand arrays in each other', new Uint8Array(2000).fill(0x81)],
  ['a reserved kind of length', bytes(0xbc)],
  ['a tag', joined(bytes(0xc2), cborBytes(x))],
]

/** A key that is no fault of its own, with the rest at fault. The last are refused for their attestation alone. */
export const ODD_REGISTRATIONS: readonly (readonly [name: string, registers: Registers])[] = [
  ['an attestation object that is no map', { object: bytes(0x01) }],
  ['an attestation object of nothing', { object: bytes(0xa0) }],
  ['an attestation object that is cut off', { object: bytes(0xa3, 0x63, 0x66) }],
  ['no flag of attested data', { flags: 0x05 }],
  ['nobody verified', { flags: 0x41 }],
  ['nobody present', { flags: 0x44 }],
  ['a backup that is not possible', { flags: 0x55 }],
  ['extensions that are not there', { flags: 0xc5 }],
]

export const UNASKED_ATTESTATIONS: readonly (readonly [name: string, registers: Registers])[] = [
  ['a format nobody knows', { fmt: 'compound' }],
  ['a packed statement of nothing', { fmt: 'packed' }],
  ['a packed signature that does not hold', { fmt: 'packed', statement: packed(random(70)) }],
  ['a certificate that is none', { fmt: 'packed', statement: packed(random(70), random(100)) }],
  ['a TPM statement of nothing', { fmt: 'tpm' }],
  ['a U2F statement of nothing', { fmt: 'fido-u2f' }],
  ['an Android statement of nothing', { fmt: 'android-key' }],
  ['a SafetyNet statement of nothing', { fmt: 'android-safetynet' }],
  ['an Apple statement of nothing', { fmt: 'apple' }],
  ['none, with a statement', { fmt: 'none', statement: packed(random(70)) }],
]

function packed(signature: Bytes, certificate?: Bytes): Bytes {
  const members = [
    [cborText('alg'), int(-7)],
    [cborText('sig'), cborBytes(signature)],
  ] as const
  if (!certificate) return cborMap(members)
  return cborMap([...members, [cborText('x5c'), joined(bytes(0x81), cborBytes(certificate))]])
}

/** `{ 1: "OKP", 3: -8, -1: "Ed25519", -2: x }`, whose head counted three members in one release. */
function brokenEd25519(head: number): Bytes {
  return joined(
    bytes(head, 1),
    cborText('OKP'),
    bytes(3, 0x27, 0x20),
    cborText('Ed25519'),
    bytes(0x21),
    cborBytes(random(32)),
  )
}

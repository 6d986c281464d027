/** Passkey signatures, each good or with one fault. */
import { base64urlDecode, base64urlEncode } from '@countersign/verifier'
import { type AssertOptions, type Authenticator, createAuthenticator } from '../setup/authenticator.ts'
import { ISSUER, RP_ID } from '../verifier/world.ts'
import { people, seeded } from './fixed.ts'
import keys from './keys.json' with { type: 'json' }

const random = seeded('assertion')
const [ada, ben, cleo] = people
const first = ada?.passkeys[0]
const synced = ada?.passkeys[1]
const edwards = ben?.passkeys[0]
const rsa = cleo?.passkeys[0]

type Change = { readonly signature?: (bytes: Uint8Array) => number[]; readonly key?: Record<string, unknown> }

export async function makeAssertions() {
  if (!first || !synced || !edwards || !rsa) throw new Error('a passkey is missing')
  const challenge = random(32)
  const plain = { type: 'webauthn.get', challenge, origin: ISSUER }
  const text = (members: object) => ({ clientDataJson: JSON.stringify(members) })
  const accept: [string, Authenticator, Partial<AssertOptions>][] = [
    ['ES256', first, {}],
    ['EdDSA', edwards, {}],
    ['RS256', rsa, {}],
    ['a synced passkey', synced, {}],
    ['a synced passkey that is not backed up now', synced, { bs: false }],
    ['a counter', first, { counter: 7 }],
    ['no crossOrigin member', first, text(plain)],
    ['members that browsers may add', first, text({ ...plain, crossOrigin: false, other_keys_can_be_added_here: 'x' })],
    ['announced extensions', first, { flags: 0x85, trailing: new Uint8Array([0xa0]) }],
  ]
  const reject: [string, Authenticator, Partial<AssertOptions>, Change?][] = [
    ['another challenge', first, { challenge: random(32) }],
    ['a padded challenge', first, text({ ...plain, challenge: `${challenge}=` })],
    ['a registration', first, { type: 'webauthn.create' }],
    ['another origin', first, { origin: 'https://evil.example' }],
    ['a subdomain', first, { origin: 'https://x.approve.example' }],
    ['a frame on another page', first, { crossOrigin: true }],
    ['a crossOrigin that is no boolean', first, text({ ...plain, crossOrigin: 'false' })],
    ['a top origin', first, { topOrigin: 'https://evil.example' }],
    ['a challenge that stands twice', first, { clientDataJson: JSON.stringify(plain).replace('{', '{"challenge":"x",') }],
    ['client data in a list', first, { clientDataJson: '[]' }],
    ['client data that is not JSON', first, { clientDataJson: '{' }],
    ['client data behind a byte order mark', first, { clientDataJson: `\ufeff${JSON.stringify(plain)}` }],
    ['another site', first, { rpId: 'evil.example' }],
    ['nobody present', first, { userPresent: false }],
    ['nobody verified', first, { userVerified: false }],
    ['a passkey that turned synced', first, { be: true }],
    ['a passkey that is no longer synced', synced, { be: false, bs: false }],
    ['backed up but not eligible', first, { bs: true }],
    ['attested credential data', first, { flags: 0x45 }],
    ['bytes nothing announces', first, { trailing: new Uint8Array(1) }],
    ['extensions announced and missing', first, { flags: 0x85 }],
    ['somebody else’s key', first, {}, { key: { ...(await sameKid(first)) } }],
    ['a signature over something else', first, {}, { signature: (bytes) => flip(bytes, bytes.length - 1) }],
    ['an ES256 signature as r‖s', first, {}, { signature: () => Array(64).fill(1) }],
    ['DER with something after it', first, {}, { signature: (bytes) => [...bytes, 0] }],
    ['DER with a long length', first, {}, { signature: ([tag = 0, length = 0, ...rest]) => [tag, 0x81, length, ...rest] }],
    ['DER with a padded integer', first, {}, { signature: padded }],
    ['DER with a negative integer', first, {}, { signature: negative }],
    ['no signature', first, {}, { signature: () => [] }],
    ['an EdDSA signature cut short', edwards, {}, { signature: (bytes) => [...bytes].slice(1) }],
    ['an RS256 signature that was changed', rsa, {}, { signature: (bytes) => flip(bytes, 9) }],
  ]
  return {
    rp_id: RP_ID,
    origins: [ISSUER],
    challenge,
    accept: await Promise.all(accept.map(([name, passkey, options]) => makeCase(challenge, name, passkey, options))),
    reject: await Promise.all(reject.map(([name, passkey, options, change]) => makeCase(challenge, name, passkey, options, change))),
  }
}

async function makeCase(challenge: string, name: string, passkey: Authenticator, options: Partial<AssertOptions>, change: Change = {}) {
  const { response } = await passkey.assert({ challenge, ...options })
  const signature = base64urlDecode(response.signature)
  return {
    name,
    key: { ...passkey.approverKey, ...change.key },
    authenticator_data: response.authenticatorData,
    client_data_json: response.clientDataJSON,
    signature: change.signature ? base64urlEncode(new Uint8Array(change.signature(signature))) : response.signature,
  }
}

async function sameKid(passkey: Authenticator) {
  const other = await createAuthenticator({ rpId: RP_ID, origin: ISSUER, privateJwk: keys.stranger })
  return { ...other.approverKey, kid: passkey.kid }
}

function flip(bytes: Uint8Array, index: number): number[] {
  return [...bytes].map((byte, at) => (at === index ? byte ^ 1 : byte))
}

/** One more zero before r than the sign needs. */
function padded([tag = 0, length = 0, integer = 0, size = 0, ...rest]: Uint8Array): number[] {
  return [tag, length + 1, integer, size + 1, 0, ...rest]
}

function negative([tag = 0, length = 0, integer = 0, size = 0, ...rest]: Uint8Array): number[] {
  const digits = rest.slice(0, size).slice(-32)
  return [tag, length - size + 32, integer, 32, (digits[0] ?? 0) | 0x80, ...digits.slice(1), ...rest.slice(size)]
}

/**
 * The keys of telling people: one that browsers' push services know this authority by, one that signs webhooks.
 *
 * In: two private JWKs. Out: signatures, and secrets made from the second one, so that no database has to hold any.
 * Neither key signs tokens or the log. RFC 8292; Standard Webhooks: `v1` HMAC-SHA-256, `v1a` Ed25519.
 */
import { base64urlDecode, base64urlEncode } from '@countersign/verifier'
import type { LogJwk } from '../../domain/ledger/log-key.ts'

/** A private P-256 key. */
export interface VapidJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly d: string
}

export interface NotifyJwks {
  readonly vapid: VapidJwk
  readonly webhook: LogJwk
}

export interface NotifyKeys {
  readonly vapid: { readonly subject: string; readonly publicKey: string; readonly privateKey: string }
  /** `whpk_…`, for receivers to check `v1a` with. */
  readonly webhookKey: string
  /** `whsec_…`, of one endpoint, for those who check `v1`. */
  readonly webhookSecret: (webhook: string) => Promise<string>
  /** The `webhook-signature` header: both signatures over `id.timestamp.body`. */
  readonly signWebhook: (webhook: string, id: string, timestamp: number, body: string) => Promise<string>
  /** Proves that whoever presents it was sent it: base64url, good for this person, address and instant alone. */
  readonly confirmation: (approver: string, address: string, expiresAt: number) => Promise<string>
}

const utf8 = (text: string) => new TextEncoder().encode(text)
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))

export async function importNotifyKeys({ vapid, webhook }: NotifyJwks, origin: string): Promise<NotifyKeys> {
  const { kty, crv, x, d } = webhook
  const signing = await crypto.subtle.importKey('jwk', { kty, crv, x, d }, 'Ed25519', false, ['sign'])
  const root = await crypto.subtle.importKey('raw', base64urlDecode(d), 'HKDF', false, ['deriveBits'])

  async function derived(purpose: string): Promise<Uint8Array<ArrayBuffer>> {
    const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(purpose) }
    return new Uint8Array(await crypto.subtle.deriveBits(how, root, 256))
  }
  async function hmac(secret: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array> {
    const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(text)))
  }
  const secretOf = (id: string) => derived(`countersign/webhook/v1 ${id}`)

  return {
    vapid: { subject: subjectOf(origin), publicKey: pointOf(vapid), privateKey: vapid.d },
    webhookKey: `whpk_${base64(base64urlDecode(x))}`,
    webhookSecret: async (id) => `whsec_${base64(await secretOf(id))}`,
    async signWebhook(webhookId, id, timestamp, body) {
      const content = `${id}.${timestamp}.${body}`
      const shared = await hmac(await secretOf(webhookId), content)
      const own = await crypto.subtle.sign('Ed25519', signing, utf8(content))
      return `v1a,${base64(new Uint8Array(own))} v1,${base64(shared)}`
    },
    async confirmation(approver, address, expiresAt) {
      const secret = await derived('countersign/confirm/v1')
      return base64urlEncode(await hmac(secret, JSON.stringify([approver, address, expiresAt])))
    },
  }
}

/** RFC 8292 wants a contact: the authority itself, where it has an address that others can reach. */
const subjectOf = (origin: string): string => (origin.startsWith('https:') ? origin : 'mailto:operator@localhost')

/** The public key as browsers take it: the uncompressed point, base64url. */
export function pointOf({ x, y }: Pick<VapidJwk, 'x' | 'y'>): string {
  return base64urlEncode(new Uint8Array([4, ...base64urlDecode(x), ...base64urlDecode(y)]))
}

/** Fresh private keys, as JWKs. */
export async function generateVapidKey(): Promise<VapidJwk> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (x === undefined || y === undefined || d === undefined) throw new TypeError('A P-256 key has all its members')
  return { kty: 'EC', crv: 'P-256', x, y, d }
}

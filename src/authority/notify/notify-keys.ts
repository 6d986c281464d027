/**
 * The keys of notifications: one identifies this authority to push services, one signs webhooks. Secrets are derived
 * from the second one, so that no database holds any. Neither key signs tokens or the log. RFC 8292; Standard Webhooks:
 * `v1` HMAC-SHA-256, `v1a` Ed25519.
 */
import { base64urlDecode, base64urlEncode } from '@countersign/verifier'
import { importSigningKey } from '@countersign/verifier/authority'
import type { LogJwk } from '../../domain/ledger/log-key.ts'
import { sign } from '../../domain/token/signing-keys.ts'

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
  /** The public VAPID key as browsers take it: the uncompressed point, base64url. */
  readonly pushKey: string
  /** The `authorization` header for a push service, good for 12 hours. */
  readonly authorizePush: (serviceOrigin: string, now: number) => Promise<string>
  /** `whpk_…`, with which receivers check `v1a`. */
  readonly webhookKey: string
  /** `whsec_…` of one webhook, for receivers that check `v1`. */
  readonly webhookSecret: (webhook: string) => Promise<string>
  /** The `webhook-signature` header: both signatures over `id.timestamp.body`. */
  readonly signWebhook: (webhook: string, id: string, timestamp: number, body: string) => Promise<string>
  /** 32 bytes that mark the opening of a sign-in challenge as this authority's own. */
  readonly signInMark: (opening: Uint8Array) => Promise<Uint8Array>
  /** A proof of receipt, base64url, valid for this person, address and instant only. */
  readonly confirmation: (approver: string, address: string, expiresAt: number) => Promise<string>
}

const VAPID_SECONDS = 12 * 3600

const utf8 = (text: string) => new TextEncoder().encode(text)
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))

export async function importNotifyKeys({ vapid, webhook }: NotifyJwks, origin: string): Promise<NotifyKeys> {
  const { x, d } = webhook
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

  const pushKey = pointOf(vapid)
  const [signVapid, signContent] = await Promise.all([
    importSigningKey(vapid, 'ES256'),
    importSigningKey(webhook, 'EdDSA'),
  ])

  return {
    pushKey,
    async authorizePush(serviceOrigin, now) {
      const claims = { aud: serviceOrigin, exp: now + VAPID_SECONDS, sub: subjectOf(origin) }
      return `vapid t=${await sign('JWT', claims, { alg: 'ES256', sign: signVapid })}, k=${pushKey}`
    },
    webhookKey: `whpk_${base64(base64urlDecode(x))}`,
    webhookSecret: async (id) => `whsec_${base64(await secretOf(id))}`,
    async signWebhook(webhookId, id, timestamp, body) {
      const content = `${id}.${timestamp}.${body}`
      const shared = await hmac(await secretOf(webhookId), content)
      return `v1a,${base64(await signContent(utf8(content)))} v1,${base64(shared)}`
    },
    signInMark: async (opening) => hmac(await derived('countersign/sign-in/v1'), base64urlEncode(opening)),
    async confirmation(approver, address, expiresAt) {
      const secret = await derived('countersign/confirm/v1')
      return base64urlEncode(await hmac(secret, JSON.stringify([approver, address, expiresAt])))
    },
  }
}

/** RFC 8292 requires a contact: the authority itself where others can reach it. */
const subjectOf = (origin: string): string => (origin.startsWith('https:') ? origin : 'mailto:operator@localhost')

const pointOf = ({ x, y }: VapidJwk): string =>
  base64urlEncode(new Uint8Array([4, ...base64urlDecode(x), ...base64urlDecode(y)]))

export async function generateVapidKey(): Promise<VapidJwk> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (x === undefined || y === undefined || d === undefined) throw new TypeError('A P-256 key has all its members')
  return { kty: 'EC', crv: 'P-256', x, y, d }
}

/**
 * The `requestState` of a call that waits: it comes back from the client, who may have altered it. An HMAC covers the
 * call (its key names agent, action and digest), the round and the end. It gives no right.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { OWN_STATE } from '../gate/follow-ups.ts'
import type { OpenRequest } from '../state/waiting-request.ts'

export interface RequestState {
  /** How often the client was asked for this call. */
  readonly round: number
  /** The request that it was asked for: an answer to it is the answer to the call, also where it has ended. */
  readonly request: OpenRequest
}

export interface RequestStates {
  readonly make: (key: string, state: RequestState) => string
  /** Undefined for a state that is none of this gateway's, or of another call, or over. */
  readonly read: (state: string, key: string) => RequestState | undefined
}

const LIFE_SECONDS = 86_400
const MAX_LENGTH = 4096

export function createRequestStates(secret: string, now = () => Date.now() / 1000): RequestStates {
  const mac = Buffer.from(hkdfSync('sha256', secret, '', 'countersign mcp request state', 32))
  const sealOf = (key: string, body: string) =>
    createHmac('sha256', mac)
      .update(JSON.stringify([key, body]))
      .digest('base64url')
  return {
    make(key, { round, request: { id, url, expiresAt } }) {
      const text = JSON.stringify([round, id, url, expiresAt, Math.floor(now()) + LIFE_SECONDS])
      const body = Buffer.from(text).toString('base64url')
      return `${OWN_STATE}${body}.${sealOf(key, body)}`
    },
    read(state, key) {
      if (state.length > MAX_LENGTH) return undefined
      const [, body = '', seal = ''] = /^countersign\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(state) ?? []
      if (!timingSafeEqual(Buffer.from(seal.padEnd(43)), Buffer.from(sealOf(key, body)))) return undefined
      const [round, id, url, expiresAt, end] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
      return end > now() ? { round, request: { id, url, expiresAt } } : undefined
    },
  }
}

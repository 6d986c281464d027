/**
 * Calls that the policy permitted when their token was issued, by all inputs of the decision: a redemption with the same
 * inputs does not ask the policy again. Only permits that do not depend on the time, a session or earlier calls. The
 * process that asked keeps them; for all others each token is stored with a mark, which no database can make. People are
 * not part of the key: the statement that redeems compares their number. SPEC 11.
 */
import { base64urlDecode, base64urlEncode, type Digest } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Agent, Executor } from '../../domain/identity/parties.ts'
import type { LogJwk } from '../../domain/ledger/log-key.ts'
import type { Policy } from '../../domain/policy/policy.ts'

/** The arguments and the preview of a request never change, so its id stands for them. */
export interface PermittedCall {
  readonly request: string
  /** Digest of the action. */
  readonly action: string
  readonly name: string
  readonly principal: string
  /** The client id that may present the token. */
  readonly actor: string
  readonly policy: Policy
  readonly agent: Agent
  readonly executor: Executor
}

/** `people`: as the policy read their number; null where it reads none. */
export interface Permission {
  readonly people: number | null
}

export interface Permitted extends Permission {
  readonly call: PermittedCall
}

export interface PermittedCalls {
  readonly keep: (permitted: Permitted) => void
  /** Undefined where the policy has to be asked. */
  readonly find: (call: PermittedCall) => Permission | undefined
  /** Marks the permission of a token with these claims; null where it does not last. */
  readonly markOf: (permitted: Permitted, claims: Digest) => Promise<string | null>
  /** Whether a process of this authority made that mark. */
  readonly isMarkOf: (mark: string, permitted: Permitted, claims: Digest) => Promise<boolean>
}

const MAX_KEPT = 20_000
/** 32 bytes in base64url, whose last character has two bits to spare. */
const MARK = /^[\w-]{42}[AEIMQUYcgkosw048]$/

export const permittedCall = (
  { id, digest, name, principal, actor }: ApprovalRequest,
  policy: Policy,
  { agent, executor }: Pick<PermittedCall, 'agent' | 'executor'>,
): PermittedCall => ({ request: id, action: digest, name, principal, actor, policy, agent, executor })

/** `logJwk`: the key that all processes of an authority have, and no database. */
export async function createPermittedCalls({ d }: Pick<LogJwk, 'd'>, most = MAX_KEPT): Promise<PermittedCalls> {
  const kept = new Map<string, Permission>()
  const key = await markKey(d)
  return {
    find: (call) => kept.get(keyOf(call)),
    keep({ call, people }) {
      if (!isLasting(call)) return
      kept.set(keyOf(call), { people })
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
    async markOf(permitted, claims) {
      if (!isLasting(permitted.call)) return null
      return base64urlEncode(new Uint8Array(await crypto.subtle.sign('HMAC', key, marked(permitted, claims))))
    },
    isMarkOf: async (mark, permitted, claims) =>
      isLasting(permitted.call) &&
      MARK.test(mark) &&
      crypto.subtle.verify('HMAC', key, base64urlDecode(mark), marked(permitted, claims)),
  }
}

const utf8 = (text: string) => new TextEncoder().encode(text)

async function markKey(secret: string): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey('raw', base64urlDecode(secret), 'HKDF', false, ['deriveKey'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('countersign/permission/v1') }
  const what = { name: 'HMAC', hash: 'SHA-256', length: 256 }
  return crypto.subtle.deriveKey(how, root, what, false, ['sign', 'verify'])
}

const marked = ({ call, people }: Permitted, claims: Digest) => utf8(JSON.stringify([claims, people, keyOf(call)]))

function isLasting({ policy, name }: PermittedCall): boolean {
  const { time, session, history } = policy.reads(name)
  return !time && !session && history.length === 0
}

const keyOf = ({ request, action, name, principal, actor, policy, agent, executor }: PermittedCall): string =>
  JSON.stringify([
    ...[request, action, name, principal, actor, policy.version, policy.digest],
    ...[agent.id, agent.version, agent.revokedAt, executor.audience, executor.version, executor.revokedAt],
  ])

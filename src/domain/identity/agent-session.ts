/**
 * A time in which an agent may propose, for one purpose: opened by a person's passkey, over a statement that names both.
 * Pure: who may open one, how long it lasts, when it is about to end. SPEC 10.9.
 */
import { canonicalize, sha256 } from '@countersign/verifier'
import { type Agent, type Approver, isPresent } from './parties.ts'

export interface AgentSession {
  readonly id: string
  readonly agent: string
  /** Null once erased. */
  readonly purpose: string | null
  readonly openedBy: string
  readonly openedAt: number
  readonly endsAt: number
  readonly endedAt: number | null
}

/** What the passkey signs. */
export interface AgentSessionStatement {
  readonly typ: 'countersign/agent-session/v1'
  readonly iss: string
  readonly agent: string
  /** Salted digest of the purpose: the payload's. */
  readonly purpose: string
  readonly ends: number
  readonly approver: string
  /** 32 random bytes, base64url. */
  readonly nonce: string
}

export const MIN_SESSION_MINUTES = 5
/** A working day. */
export const MAX_SESSION_MINUTES = 480

/** Before the end, an agent and the people are told. */
export const REMIND_BEFORE_SECONDS = 300

export const isEnding = ({ endsAt }: Pick<AgentSession, 'endsAt'>, now: number): boolean =>
  endsAt - now <= REMIND_BEFORE_SECONDS

/** Whether it was, or is, under way at an instant. */
export const isUnderWay = ({ openedAt, endsAt, endedAt }: AgentSession, at: number): boolean =>
  openedAt <= at && (endedAt ?? endsAt) > at

/** Members of this group may open sessions of every agent. */
export const ON_CALL = 'on-call'

/** Its principal, the person who runs it, or somebody on call. */
export const mayOpenSession = (person: Approver, { principals, runBy }: Agent): boolean =>
  isPresent(person) && (principals.includes(person.id) || runBy === person.id || person.groups.includes(ON_CALL))

export const sessionChallenge = (statement: AgentSessionStatement): Promise<Uint8Array> =>
  sha256(canonicalize({ ...statement }))

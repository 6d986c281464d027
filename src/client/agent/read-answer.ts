/**
 * The authority's answers to an agent: snake_case on the wire, camelCase here.
 *
 * A value of another shape throws `authority_unreachable`. Members that a newer authority adds are ignored. Whether a
 * token is genuine is not asked here.
 */
import { type ActionSpec, parseAction } from '@countersign/verifier'
import {
  AuthorityError,
  type Denial,
  denialIn,
  ENDED_STATES,
  type EndedState,
  membersOf,
  unusable,
} from './read-problem.ts'

/** An action on its way from proposal to token. Instants are epoch seconds. */
export interface ApprovalRequest {
  readonly id: string
  readonly state: 'pending' | EndedState
  /** Where an approver denied it. */
  readonly denial?: Denial
  /** `allow`: policy needs no consent. */
  readonly decision: 'allow' | 'approval'
  /** Why it was decided so; where a grant comes near to the call, also which bound differs. */
  readonly why: string
  readonly trace: string
  readonly txn: string
  readonly audience: string
  /** Name of the action. */
  readonly name: string
  /** Digest of the action. */
  readonly digest: string
  readonly agent: string
  readonly actor: string
  readonly principal: string
  readonly quorum: number
  readonly consents: number
  readonly createdAt: number
  readonly expiresAt: number
  /** To leave between polls. */
  readonly intervalSeconds: number
  /** The page where an approver answers. It carries no authority. */
  readonly approvalUri: string
  /** Of a grant: how many of its calls were redeemed. */
  readonly used?: number
  /** The grant under which this call was approved. */
  readonly grant?: string
  /** How often approvers changed the call. */
  readonly round?: number
  /** The call to make, where a person proposed or changed it. */
  readonly action?: ActionSpec
  /** The token, where policy allowed the action at once, or a grant covers it, and this agent is its actor. */
  readonly token?: string
}

export interface ApprovalToken {
  readonly token: string
  readonly jti: string
  readonly expiresAt: number
  /** The call to make, where an approver changed it: the executor refuses the one that was proposed. */
  readonly action?: ActionSpec
}

/** Lets one other agent act for this one: proves the chain in its proposals until it ends. */
export interface ActorToken {
  readonly token: string
  readonly expiresAt: number
}

/** A challenge that the authority has taken. */
export interface Transaction {
  readonly id: string
  readonly expiresInSeconds: number
  readonly intervalSeconds: number
  /** The page where an approver answers. It carries no authority. */
  readonly approvalUri: string
}

export interface TransactionToken {
  readonly token: string
  readonly type: 'Bearer' | 'DPoP'
  readonly expiresInSeconds: number
  readonly authorizationDetails: readonly Readonly<Record<string, unknown>>[]
  /** The call to make, where an approver changed it: the executor refuses the one that was challenged. */
  readonly action?: ActionSpec
}

export function readRequest(value: unknown): ApprovalRequest {
  const { text, number, oneOf, has, denial, action, within } = membersIn(value)
  return {
    id: text('id'),
    state: oneOf('state', ['pending', ...ENDED_STATES]),
    decision: oneOf('decision', ['allow', 'approval']),
    why: within('policy').text('reason'),
    trace: text('trace'),
    txn: text('txn'),
    audience: text('audience'),
    name: text('name'),
    digest: text('digest'),
    agent: text('agent'),
    actor: text('actor'),
    principal: text('principal'),
    quorum: number('quorum'),
    consents: number('consents'),
    createdAt: number('created_at'),
    expiresAt: number('expires_at'),
    intervalSeconds: number('interval'),
    approvalUri: text('approval_uri'),
    ...denial('denial'),
    ...(has('used') ? { used: number('used') } : {}),
    ...(has('grant') ? { grant: text('grant') } : {}),
    ...(has('round') ? { round: number('round') } : {}),
    ...action('action'),
    ...(has('token') ? { token: text('token') } : {}),
  }
}

export function readToken(value: unknown): ApprovalToken {
  const { text, number, action } = membersIn(value)
  return { token: text('token'), jti: text('jti'), expiresAt: number('expires_at'), ...action('action') }
}

export function readActorToken(value: unknown): ActorToken {
  const { text, number } = membersIn(value)
  return { token: text('actor_token'), expiresAt: number('expires_at') }
}

export function readTransaction(value: unknown): Transaction {
  const { text, number } = membersIn(value)
  return {
    id: text('transaction_authorization_id'),
    expiresInSeconds: number('expires_in'),
    intervalSeconds: number('interval'),
    approvalUri: text('authorization_uri'),
  }
}

export function readTransactionToken(value: unknown): TransactionToken {
  const { text, number, oneOf, objects, action } = membersIn(value)
  return {
    token: text('access_token'),
    type: oneOf('token_type', ['Bearer', 'DPoP']),
    expiresInSeconds: number('expires_in'),
    authorizationDetails: objects('authorization_details'),
    ...action('action'),
  }
}

function actionIn(value: unknown, misfit: () => never): ActionSpec {
  try {
    return parseAction(value)
  } catch {
    return misfit()
  }
}

interface Members {
  readonly has: (name: string) => boolean
  readonly text: (name: string) => string
  readonly number: (name: string) => number
  readonly denial: (name: string) => { readonly denial?: Denial }
  readonly action: (name: string) => { readonly action?: ActionSpec }
  readonly oneOf: <T extends string>(name: string, words: readonly T[]) => T
  readonly objects: (name: string) => readonly Readonly<Record<string, unknown>>[]
  readonly within: (name: string) => Members
}

function membersIn(value: unknown): Members {
  const members = membersOf(value)
  const misfit = (name: string): never => {
    throw new AuthorityError(unusable(`Its answer is malformed (${name}).`))
  }
  return {
    has: (name) => members[name] !== undefined,
    within: (name) => membersIn(members[name]),
    text(name) {
      const member = members[name]
      return typeof member === 'string' ? member : misfit(name)
    },
    number(name) {
      const member = members[name]
      return typeof member === 'number' ? member : misfit(name)
    },
    denial(name) {
      const denial = denialIn(members[name])
      return denial === undefined ? {} : { denial }
    },
    action(name) {
      return members[name] === undefined ? {} : { action: actionIn(members[name], () => misfit(name)) }
    },
    oneOf: (name, words) => words.find((word) => word === members[name]) ?? misfit(name),
    objects(name) {
      const member = members[name]
      return Array.isArray(member) ? member.map(membersOf) : misfit(name)
    },
  }
}

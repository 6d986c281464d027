/**
 * Who calls: a bearer credential, or an approver's session from one of our own pages.
 *
 * In: a request and what the endpoint asks for. Out: the caller, or a refusal that does not say why.
 * Takes no decision beyond "is this the kind of caller the endpoint is for". SPEC 12.
 */
import type { Context } from 'hono'
import type { Auth } from '../api/endpoint.ts'
import type { Services } from '../authority/compose.ts'
import type { Approver, Caller, CredentialKind } from '../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../domain/refusal.ts'
import { currentApprover } from './session.ts'

const KINDS: Readonly<Record<Auth, readonly CredentialKind[]>> = {
  none: [],
  agent: ['agent'],
  executor: ['executor'],
  operator: ['operator'],
  session: [],
  admin: [],
  'agent-or-operator': ['agent', 'operator'],
  'operator-or-admin': ['operator'],
  'operator-or-approver': ['operator'],
  watcher: ['operator', 'auditor'],
  'agent-executor-or-operator': ['agent', 'executor', 'operator'],
  'executor-operator-or-auditor': ['executor', 'operator', 'auditor'],
  'auditor-or-party': ['agent', 'executor', 'operator', 'auditor'],
  auditor: ['auditor'],
  log: ['auditor'],
}
const SESSIONS: readonly Auth[] = [
  'session',
  'admin',
  'operator-or-admin',
  'operator-or-approver',
  'watcher',
  'auditor-or-party',
  'auditor',
  'log',
]
/** Who may make an auditor reads what auditors read: it is theirs to check what was done in their name. */
const READERS = ['auditor', 'admin'] as const

export interface Called {
  readonly caller: Caller | null
  readonly approver: Approver | null
}

/** The credential's holder or the signed-in person, whichever the endpoint let in. */
export function whoOf({ caller, approver }: Called): Caller | Approver {
  const who = caller ?? approver
  if (!who) throw new TypeError('This endpoint has to ask for a caller')
  return who
}

const unauthenticated = (message: string) => refuse('unauthenticated', message)

/** One `Authorization: Bearer`, as given; a doubled header joins to something that matches nothing. */
export const bearerOf = (context: Context): string | undefined =>
  /^(?:bearer|dpop) ([\x21-\x7e]{1,256})$/i.exec(context.req.header('authorization') ?? '')?.[1]

/** A page of ours and no other: browsers state the origin on every unsafe call. */
function fromOwnPage(context: Context, origin: string): boolean {
  const site = context.req.header('sec-fetch-site')
  return context.req.header('origin') === origin && (site === undefined || site === 'same-origin')
}

const isUnsafe = (context: Context) => context.req.method !== 'GET' && context.req.method !== 'HEAD'

/** Where a call comes from, as far as the runtime knows; strangers are counted by it. */
export type AddressOf = (context: Context) => string

export async function callerFor(
  context: Context,
  auth: Auth,
  services: Services,
  addressOf: AddressOf,
): Promise<Result<Called>> {
  if (auth === 'log' && services.config.logPublic) return ok({ caller: null, approver: null })
  // What is open to all is open also to who sends a credential along, whatever it is worth.
  const secret = auth === 'none' ? undefined : bearerOf(context)
  if (secret !== undefined) return withCredential(secret, auth, services)
  if (auth !== 'none' && !SESSIONS.includes(auth)) return unauthenticated('Send a credential as Authorization: Bearer.')
  if (isUnsafe(context) && !fromOwnPage(context, services.config.origin)) {
    return refuse('forbidden', 'Calls without a credential are taken from this authority’s own pages only.')
  }
  return auth === 'none' ? asStranger(context, services, addressOf) : withSession(context, auth, services)
}

/** What changes something is counted; what only reads is not. */
async function asStranger(context: Context, services: Services, addressOf: AddressOf): Promise<Result<Called>> {
  const waitSeconds = isUnsafe(context) ? await services.admit(addressOf(context)) : null
  if (waitSeconds === null) return ok({ caller: null, approver: null })
  return refuse('rate_limited', `Too many attempts. Try again in ${waitSeconds} s.`, { retryAfterSeconds: waitSeconds })
}

async function withCredential(secret: string, auth: Auth, services: Services): Promise<Result<Called>> {
  const caller = await services.access.caller(secret)
  if (!caller) return unauthenticated('This credential is unknown, revoked or expired. Ask an operator for another.')
  if (!KINDS[auth].includes(caller.kind)) return refuse('forbidden', `This call is not for ${caller.kind} credentials.`)
  return ok({ caller, approver: null })
}

async function withSession(context: Context, auth: Auth, services: Services): Promise<Result<Called>> {
  const approver = await currentApprover(context.req.raw, services)
  if (!approver) return unauthenticated('Sign in first.')
  if ((auth === 'admin' || auth === 'operator-or-admin') && !approver.roles.includes('admin')) {
    return refuse('forbidden', 'This is for admins.')
  }
  if (auth === 'operator-or-approver' && approver.roles.every((role) => role === 'auditor')) {
    return refuse('forbidden', 'This is for approvers and admins.')
  }
  if ((auth === 'auditor' || auth === 'log') && !READERS.some((role) => approver.roles.includes(role))) {
    return refuse('forbidden', 'This is for auditors and admins.')
  }
  return ok({ caller: null, approver })
}

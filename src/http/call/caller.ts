/**
 * Authenticates a call: a bearer credential, or an approver's session from one of the authority's own pages.
 *
 * A refusal does not say why. Decides nothing beyond "is the endpoint for this kind of caller". SPEC 12.
 */
import type { Context } from 'hono'
import type { Endpoint } from '../../api/endpoint.ts'
import type { Services } from '../../authority/compose.ts'
import type { Caller, CredentialKind, Role, SignedIn } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { currentApprover } from './session.ts'

type Holder<Kind> = Kind extends CredentialKind ? Caller & { readonly kind: Kind } : never

/** The callers that an endpoint lets in, as its row names them; null for a call of anyone. */
export type CallerOf<E extends Endpoint> =
  | (E['callers'] extends readonly (infer Kind)[] ? Holder<Kind> : null)
  | (E extends { readonly session: string } ? SignedIn : never)
  | (E extends { readonly openIf: string } ? null : never)

/** The roles that each kind of session needs, one of them, and the refusal of a person who has none. */
const SESSIONS: Readonly<Record<'approver' | 'admin' | 'auditor', { roles: readonly Role[]; refusal: string }>> = {
  approver: { roles: ['approver', 'admin'], refusal: 'This is for approvers and admins.' },
  admin: { roles: ['admin'], refusal: 'This is for admins.' },
  auditor: { roles: ['auditor', 'admin'], refusal: 'This is for auditors and admins.' },
}

const unauthenticated = (message: string) => refuse('unauthenticated', message)

/** The token of an `Authorization: Bearer` or `DPoP` header. A doubled header joins to a text that matches nothing. */
export const bearerOf = (context: Context): string | undefined => bearerIn(context.req.header('authorization'))

export const bearerIn = (header: string | undefined): string | undefined =>
  /^(?:bearer|dpop) ([\x21-\x7e]{1,256})$/i.exec(header ?? '')?.[1]

/** Browsers state the origin on every unsafe call; only the authority's own is accepted. */
function fromOwnPage(context: Context, origin: string): boolean {
  const site = context.req.header('sec-fetch-site')
  return context.req.header('origin') === origin && (site === undefined || site === 'same-origin')
}

const FOREIGN_PAGE = refuse('forbidden', 'Calls without a credential are taken from this authority’s own pages only.')

const isUnsafe = (context: Context) => context.req.method !== 'GET' && context.req.method !== 'HEAD'

/** The address a call comes from, as far as the runtime knows it; calls without a credential are counted by it. */
export type AddressOf = (context: Context) => string

export async function callerFor(
  context: Context,
  { callers, session, openIf, uncounted }: Endpoint,
  services: Services,
  addressOf: AddressOf,
): Promise<Result<Caller | SignedIn | null>> {
  if (openIf !== undefined && services.config[openIf]) return ok(null)
  const isForeign = isUnsafe(context) && !fromOwnPage(context, services.config.origin)
  // An open endpoint is open also to a caller who sends a credential along, valid or not.
  if (callers === 'anyone') {
    if (isForeign) return FOREIGN_PAGE
    return uncounted ? ok(null) : asStranger(context, services, addressOf)
  }
  const secret = bearerOf(context)
  if (secret !== undefined) return withCredential(secret, callers, services)
  if (session === undefined) return unauthenticated('Send a credential as Authorization: Bearer.')
  return isForeign ? FOREIGN_PAGE : withSession(context, session, services)
}

/** Counts calls that change something; those that only read are free. */
async function asStranger(context: Context, services: Services, addressOf: AddressOf): Promise<Result<null>> {
  const waitSeconds = isUnsafe(context) ? await services.admit(addressOf(context)) : null
  return waitSeconds === null ? ok(null) : tooMany(waitSeconds)
}

export const tooMany = (retryAfterSeconds: number) =>
  refuse('rate_limited', `Too many calls. Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds })

async function withCredential(
  secret: string,
  kinds: readonly CredentialKind[],
  services: Services,
): Promise<Result<Caller>> {
  const caller = await services.people.callerOf(secret)
  if (!caller) return unauthenticated('This credential is unknown, revoked or expired. Ask an operator for another.')
  const waitSeconds = await services.admitCaller(caller)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  return kinds.includes(caller.kind)
    ? ok(caller)
    : refuse('forbidden', `This call is not for ${caller.kind} credentials.`)
}

/** Whether the caller that was let in would be let in now; counts nothing. For answers that are given over time. */
export async function isStillIn(
  context: Context,
  { callers, session, openIf }: Endpoint,
  services: Services,
): Promise<boolean> {
  if (callers === 'anyone' || (openIf !== undefined && services.config[openIf])) return true
  const secret = bearerOf(context)
  if (secret !== undefined) return (await services.people.callerOf(secret)) !== undefined
  return session !== undefined && (await withSession(context, session, services)).ok
}

async function withSession(
  context: Context,
  session: NonNullable<Endpoint['session']>,
  services: Services,
): Promise<Result<SignedIn>> {
  const approver = await currentApprover(context.req.raw, services)
  if (!approver) return unauthenticated('Sign in first.')
  if (session === 'any') return ok(approver)
  const { roles, refusal } = SESSIONS[session]
  return roles.some((role) => approver.roles.includes(role)) ? ok(approver) : refuse('forbidden', refusal)
}

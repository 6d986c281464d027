/**
 * The approver's session cookie, and who it belongs to.
 *
 * In: a request. Out: the approver, or nothing; a Set-Cookie line. The cookie can look, deny and stop, never consent.
 * On https it carries the `__Host-` prefix. Specification: STANDARDS 9.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Approver } from '../identity/parties.ts'
import type { Services } from '../services.ts'

const secure = (origin: string): boolean => origin.startsWith('https:')
export const cookieName = (origin: string): string => (secure(origin) ? '__Host-countersign' : 'countersign')

export const sessionSecret = (context: Context, origin: string): string | undefined =>
  getCookie(context, cookieName(origin))

/** The signed-in approver; undefined without a session, or when it ended. */
export async function currentApprover(
  context: Context,
  services: Pick<Services, 'access' | 'config'>,
): Promise<Approver | undefined> {
  const secret = sessionSecret(context, services.config.origin)
  return secret === undefined || secret.length > 64 ? undefined : services.access.session(secret)
}

export function startSession(context: Context, origin: string, secret: string, maxAge: number): void {
  setCookie(context, cookieName(origin), secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: secure(origin),
    maxAge,
  })
}

export function endSession(context: Context, origin: string): void {
  deleteCookie(context, cookieName(origin), { path: '/', secure: secure(origin) })
}

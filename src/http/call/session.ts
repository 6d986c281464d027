/**
 * The approver's session cookie, and its owner.
 *
 * On https the cookie has the `__Host-` prefix. The cookie can look, deny and stop, never consent. SPEC 3.
 */
import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { parse } from 'hono/utils/cookie'
import type { Services } from '../../authority/compose.ts'
import type { SignedIn } from '../../domain/identity/parties.ts'

/** base64url of 32 bytes. */
const SECRET_LENGTH = 43

const secure = (origin: string): boolean => origin.startsWith('https:')
const cookieName = (origin: string): string => (secure(origin) ? '__Host-countersign' : 'countersign')

/** The secret in the cookie, where there is one of the right size. */
export function sessionSecret(request: Request, origin: string): string | undefined {
  const secret = parse(request.headers.get('cookie') ?? '', cookieName(origin))[cookieName(origin)]
  return secret?.length === SECRET_LENGTH ? secret : undefined
}

/** The signed-in approver; undefined without a session, or when it ended. */
export async function currentApprover(
  request: Request,
  { people, config }: Pick<Services, 'people' | 'config'>,
): Promise<SignedIn | undefined> {
  const secret = sessionSecret(request, config.origin)
  return secret === undefined ? undefined : people.personOf(secret)
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

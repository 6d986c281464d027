/**
 * Pages about a person's own access, as routes: signing in, enrolling, passkeys.
 *
 * In: the services and page access. Out: routes, the first two for everyone.
 */
import type { Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { PageAccess } from '../frame/page-access.tsx'
import { returnPath } from '../frame/return-path.ts'
import { EnrolPage } from './enrol-page.tsx'
import { PasskeysPage } from './passkeys-page.tsx'
import { SignInPage } from './sign-in-page.tsx'

export function ownRoutes(pages: Hono, access: PageAccess, { config, people }: Services): void {
  const signIn = access.open((frame, c) => (
    <SignInPage frame={frame} to={returnPath(c.req.query('to'), config.origin)} />
  ))
  const enrol = access.open((frame) => <EnrolPage frame={frame} />)
  const passkeys = access.signedIn(async (frame) => (
    <PasskeysPage
      frame={frame}
      passkeys={await people.passkeys(frame.person)}
      sessions={await people.sessions(frame.person)}
    />
  ))
  pages.get('/sign-in', signIn)
  pages.get('/enrol', enrol)
  pages.get('/passkeys', passkeys)
}

/**
 * The pages: every HTML route of the authority, and the assets they use. GET changes nothing: answers, sign-in and
 * every change go through the JSON endpoints.
 */
import { type Context, Hono } from 'hono'
import type { Services } from '../authority/compose.ts'
import { namesAmong } from '../domain/identity/display-names.ts'
import { groupsOf, isPresent } from '../domain/identity/parties.ts'
import { approveRoutes } from './approve/approve-pages.tsx'
import { docsRoutes } from './docs/docs-pages.tsx'
import { assetRoutes, installRoutes } from './frame/assets.ts'
import {
  type AccessOptions,
  type CurrentApprover,
  createPageAccess,
  forBrowsers,
  type PageAccess,
  type PersonalFrame,
  type View,
  wantsHtml,
} from './frame/page-access.tsx'
import { ledgerRoutes } from './ledger/ledger-pages.tsx'
import { manageRoutes } from './manage/manage-pages.tsx'
import { NotificationsPage } from './notify/notifications-page.tsx'
import { WebhooksPage } from './notify/webhooks-page.tsx'
import { AbsencePage } from './own/absence-page.tsx'
import { EnrolPage, returnPath, SignInPage } from './own/door-pages.tsx'
import { PasskeysPage } from './own/passkeys-page.tsx'
import { policyRoutes } from './policy/policy-pages.tsx'
import { requestsRoutes } from './requests/request-pages.ts'
import { stopRoutes } from './stop/stop-pages.tsx'

const systemClock = () => Math.floor(Date.now() / 1000)

const subjects = [
  requestsRoutes,
  approveRoutes,
  stopRoutes,
  ledgerRoutes,
  manageRoutes,
  policyRoutes,
  ownRoutes,
  docsRoutes,
]

export interface PagesOptions extends Pick<AccessOptions, 'gzip'> {
  readonly now?: () => number
}

/** Mount before the JSON endpoints: then a browser gets the page of a shared path, and a page for an unknown one. */
export function createPages(
  services: Services,
  currentApprover: CurrentApprover,
  { now = systemClock, gzip }: PagesOptions = {},
): Hono {
  const access = createPageAccess(services, currentApprover, { now, gzip })
  const sendsGzip = gzip !== undefined
  const pages = new Hono()
  pages.onError(access.failed)
  pages.use(async (c, next) => {
    await next()
    if (isProblem(c.res) && c.req.method === 'GET' && wantsHtml(c)) {
      if (c.res.status === 404) c.res = await access.notFound(c)
      if (c.res.status === 405) c.res = await access.noPage(c)
    }
    if (c.res.headers.get('Content-Type')?.startsWith('text/html') || c.res.status === 303) protect(c)
  })
  pages.route('/', assetRoutes({ sendsGzip }))
  pages.route('/', installRoutes(services.config.name, { sendsGzip }))
  for (const addRoutes of subjects) addRoutes(pages, access, services)
  return pages
}

/** A person's own access and notifications; the webhooks of the admins. */
function ownRoutes(pages: Hono, access: PageAccess, { config, people, notifications }: Services): void {
  const signIn = access.open((frame, c) => (
    <SignInPage frame={frame} to={returnPath(c.req.query('to'), config.origin)} />
  ))
  const passkeys = access.signedIn(async (frame) => (
    <PasskeysPage
      frame={frame}
      passkeys={await people.passkeys(frame.person)}
      sessions={await people.sessions(frame.person)}
      people={await people.approvers()}
    />
  ))
  const notificationsPage = access.signedIn(async (frame, c) => (
    <NotificationsPage
      frame={frame}
      profile={await notifications.of(frame.person)}
      justEnrolled={c.req.query('enrolled') !== undefined}
    />
  ))
  const webhooks = access.withRole(['admin'], async (frame) => (
    <WebhooksPage
      frame={frame}
      webhooks={await notifications.webhooks()}
      publicKey={notifications.webhookKey}
      deliveries={await notifications.deliveries(null)}
    />
  ))
  pages.get('/sign-in', signIn)
  pages.get(
    '/enrol',
    access.open((frame) => <EnrolPage frame={frame} />),
  )
  pages.get('/passkeys', passkeys)
  pages.get(
    '/absence',
    access.signedIn((frame) => absencePage(frame, people)),
  )
  pages.get('/notifications', notificationsPage)
  pages.get('/webhooks', forBrowsers(webhooks))
}

async function absencePage(frame: PersonalFrame, people: Services['people']): Promise<View> {
  const everybody = await people.approvers()
  const others = everybody.filter((one) => one.id !== frame.person.id && isPresent(one) && groupsOf(one).length > 0)
  return <AbsencePage frame={frame} others={others} nameOf={namesAmong(everybody)} />
}

const isProblem = (response: Response): boolean =>
  response.headers.get('Content-Type')?.startsWith('application/problem+json') ?? false

/** On the headers themselves: `c.header` would make a finished response anew, with its body as a stream. */
function protect({ res: { headers } }: Context): void {
  for (const [name, value] of securityHeaders) headers.set(name, value)
  if (!headers.has('ETag')) headers.set('Cache-Control', 'no-store')
}

/** What a browser may load and run. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  // For installing the page, and for the service worker that shows notifications.
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The one policy that may create a script URL: that of the service worker.
  'trusted-types service-worker',
].join('; ')

const securityHeaders: readonly (readonly [name: string, value: string])[] = [
  ['Content-Security-Policy', policy],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'publickey-credentials-get=(self), publickey-credentials-create=(self)'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
]

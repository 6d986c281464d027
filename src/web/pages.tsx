/**
 * The pages: every HTML route of the authority, and the assets they use.
 *
 * In: the services, and how to tell who is signed in. Out: a Hono app. GET changes nothing: answers, sign-in and every
 * change go through the JSON endpoints. Where a page shares its path with one (`/agents`), a caller that does not ask
 * for HTML is left to the next handler.
 */
import { type Context, type Handler, Hono } from 'hono'
import type { Services } from '../authority/compose.ts'
import type { RequestForApprover } from '../authority/requests/show.ts'
import { Approval } from './approve/approval-page.tsx'
import { chosenIds, type Listed } from './approve/batch-list.ts'
import { Batch, titleOf as titleOfBatch } from './approve/batch-page.tsx'
import { NO_PROGRESS, type Progress, progressOf } from './approve/progress.ts'
import { titleOf } from './approve/request-head.tsx'
import { stoppedBy } from './approve/stop-links.tsx'
import { docsRoutes } from './docs/docs-pages.tsx'
import { assetRoutes } from './frame/assets.ts'
import { installRoutes } from './frame/install.ts'
import { Page } from './frame/page.tsx'
import { type CurrentApprover, createDoor, type Door, type PersonalFrame, type View } from './frame/page-access.tsx'
import { NO_SUCH_CHOICE, troubleOf } from './frame/problem-page.tsx'
import { returnPath } from './frame/return-path.ts'
import { securityHeaders } from './frame/security-headers.ts'
import { ledgerRoutes } from './ledger/ledger-pages.tsx'
import { AgentsPage } from './manage/agents-page.tsx'
import { PeoplePage } from './manage/people-page.tsx'
import { reviewRoutes } from './manage/review-pages.tsx'
import { EnrolPage, SignInPage } from './own/entrance-pages.tsx'
import { notificationRoutes } from './own/notification-pages.tsx'
import { PasskeysPage } from './own/passkeys-page.tsx'
import { InboxList, InboxPage } from './requests/inbox-page.tsx'
import { ConfirmRevoke } from './stop/revoke-button.tsx'
import { killRoutes } from './stop/stop-pages.tsx'

const systemClock = () => Math.floor(Date.now() / 1000)

/** Mount before the JSON endpoints: then a browser gets the page of a shared path, and a page for an unknown one. */
export function createPages(services: Services, currentApprover: CurrentApprover, now = systemClock): Hono {
  const door = createDoor(services, currentApprover, now)
  const pages = new Hono()
  pages.onError(door.failed)
  pages.use(async (c, next) => {
    await next()
    if (c.res.status === 404 && isProblem(c.res) && c.req.method === 'GET' && wantsHtml(c))
      c.res = await door.notFound(c)
    if (c.res.headers.get('Content-Type')?.startsWith('text/html') || c.res.status === 303) protect(c)
  })
  pages.route('/', assetRoutes)
  pages.route('/', installRoutes(services.config.name))
  docsRoutes(pages, door)
  entranceRoutes(pages, door, services)
  approvalRoutes(pages, door, services)
  settingsRoutes(pages, door, services)
  notificationRoutes(pages, door, services)
  ledgerRoutes(pages, door, services)
  killRoutes(pages, door, services)
  reviewRoutes(pages, door, services, asPage)
  return pages
}

/** Whether the caller is a browser that wants a page. */
export const wantsHtml = (c: Context): boolean => c.req.header('Accept')?.includes('text/html') ?? false

/** For paths that pages share with the JSON endpoints. */
const asPage =
  (page: Handler): Handler =>
  (c, next) =>
    wantsHtml(c) ? page(c, next) : next()

const isProblem = (response: Response): boolean =>
  response.headers.get('Content-Type')?.startsWith('application/problem+json') ?? false

function protect(c: Context): void {
  for (const [name, value] of securityHeaders) c.header(name, value)
  c.header('Cache-Control', 'no-store')
}

function entranceRoutes(pages: Hono, door: Door, { config }: Services): void {
  const signIn = door.open((frame, c) => <SignInPage frame={frame} to={returnPath(c.req.query('to'), config.origin)} />)
  pages.get('/sign-in', signIn)
  pages.get(
    '/enrol',
    door.open((frame) => <EnrolPage frame={frame} />),
  )
}

function approvalRoutes(pages: Hono, door: Door, { requests, config }: Services): void {
  const inbox = door.signedIn(async (frame) => <InboxPage frame={frame} inbox={await requests.inbox(frame.person)} />)
  const list = door.signedIn(async (frame) => (
    <Page frame={frame} title="Inbox">
      <InboxList inbox={await requests.inbox(frame.person)} now={frame.now} />
    </Page>
  ))
  const approval = door.signedIn(async (frame, c) => {
    const shown = await requests.show(frame.person, c.req.param('id') ?? '')
    return shown.ok
      ? approvalPage(frame, shown.value, await progress(requests, frame, shown.value), config.origin)
      : troubleOf(shown.refusal)
  })
  const batch = door.signedIn(async (frame, c) => {
    const ids = chosenIds(c.req.queries('request') ?? [])
    if (!ids) return NO_SUCH_CHOICE
    const listed: Listed[] = []
    for (const id of ids) {
      const shown = await requests.show(frame.person, id)
      if (!shown.ok) return troubleOf(shown.refusal)
      listed.push({ shown: shown.value, progress: await progress(requests, frame, shown.value) })
    }
    return batchPage(frame, listed)
  })
  pages.get('/', inbox)
  pages.get('/inbox/list', list)
  pages.get('/approve/:id{[A-Za-z0-9_-]{22}}', approval)
  pages.get('/approve', (c, next) => {
    const [only, ...others] = chosenIds(c.req.queries('request') ?? []) ?? []
    return only !== undefined && others.length === 0 ? c.redirect(`/approve/${only}`, 303) : batch(c, next)
  })
}

function approvalPage(frame: PersonalFrame, shown: RequestForApprover, progress: Progress, own: string): View {
  const isOwnAgent = shown.request.audience === own
  const stopped = isOwnAgent ? undefined : stoppedBy(shown.request, frame.standing ?? [])
  return (
    <Page frame={frame} title={titleOf(shown.request)} scripts={['approve', 'revoke']} oneTask>
      <Approval {...{ shown, now: frame.now, progress, stopped, isOwnAgent }} />
      <ConfirmRevoke />
    </Page>
  )
}

const batchPage = (frame: PersonalFrame, listed: readonly Listed[]): View => (
  <Page frame={frame} title={titleOfBatch(listed)} scripts={['approve-together']} oneTask>
    <Batch listed={listed} now={frame.now} />
  </Page>
)

async function progress(
  requests: Services['requests'],
  { person }: PersonalFrame,
  { request, state, consentedByMe }: RequestForApprover,
): Promise<Progress> {
  if (state === 'pending' && !consentedByMe) return NO_PROGRESS
  const entries = await requests.readTrace(person, request.trace)
  if (!entries.ok) return NO_PROGRESS
  return progressOf(
    entries.value.map((entry) => entry.body),
    (approver) => (approver === person.id ? 'You' : 'Another approver'),
  )
}

function settingsRoutes(pages: Hono, door: Door, { people, config }: Services): void {
  const passkeys = door.signedIn(async (frame) => (
    <PasskeysPage frame={frame} passkeys={await people.passkeys(frame.person)} />
  ))
  const peoplePage = door.adminOnly(async (frame) => <PeoplePage frame={frame} people={await people.approvers()} />)
  const agents = door.adminOnly(async (frame) => (
    <AgentsPage frame={frame} own={config.origin} agents={await people.agents()} executors={await people.executors()} />
  ))
  pages.get('/passkeys', passkeys)
  pages.get('/people', peoplePage)
  pages.get('/agents', asPage(agents))
}

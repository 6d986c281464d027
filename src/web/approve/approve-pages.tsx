/** The approval pages as routes, for everyone signed in. GET changes nothing: answers go through the JSON endpoints. */
import type { Context, Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { isConcealing } from '../../domain/approval/concealed-text.ts'
import { MOST_SHOWN_TOGETHER, shownLength } from '../../domain/approval/shown-together.ts'
import { othersTurn } from '../../domain/turns.ts'
import { namesOf } from '../frame/names.ts'
import { Page } from '../frame/page.tsx'
import type { PageAccess, PersonalFrame, View } from '../frame/page-access.tsx'
import { problemOf, TOO_LONG_TOGETHER, TOO_MANY_REQUESTS_CHOSEN } from '../frame/problem-page.tsx'
import { titleOf } from '../parts/request-sentence.tsx'
import { Approval } from './approval-page.tsx'
import { Batch, type BatchItem, batchTitle, chosenIds } from './batch-page.tsx'
import { grantRoute } from './grant-page.tsx'
import { NO_PROGRESS, type Progress, progressOf } from './progress.ts'
import { revisionRoutes } from './revision-pages.tsx'
import { stoppingSwitch } from './stop-links.tsx'

export function approveRoutes(pages: Hono, access: PageAccess, services: Services): void {
  const approval = access.signedIn((frame, c) => approvalPage(frame, c, services))
  const batch = access.signedIn((frame, c) => batchPage(frame, c, services))
  pages.get('/approve/:id{[A-Za-z0-9_-]{22}}', approval)
  revisionRoutes(pages, access, services)
  grantRoute(pages, access, services)
  pages.get('/approve', (c, next) => {
    const [only, ...others] = chosenIds(c.req.queries('request') ?? []) ?? []
    return only !== undefined && others.length === 0 ? c.redirect(`/approve/${only}`, 303) : batch(c, next)
  })
}

async function approvalPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const { requests, config } = services
  const id = c.req.param('id') ?? ''
  const found = await requests.show(frame.person, id)
  // Who may read it and not answer it reads it on its own page, where what is sensitive is masked.
  if (!found.ok)
    return (await requests.content(frame.person, id)).ok ? { goTo: `/requests/${id}` } : problemOf(found.refusal)
  const shown = found.value
  const isOwn = shown.request.audience === config.origin
  const stoppedBy = isOwn ? undefined : stoppingSwitch(shown.request, (await frame.news).activeSwitches)
  const progress = await readProgress(services, frame, shown, isOwn)
  return (
    <Page frame={frame} title={titleOf(shown.request)} scripts={['approve']} oneTask>
      <Approval {...{ shown, now: frame.now, progress, stoppedBy, isOwn }} />
    </Page>
  )
}

async function batchPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const { requests, config } = services
  const ids = chosenIds(c.req.queries('request') ?? [])
  if (!ids) return TOO_MANY_REQUESTS_CHOSEN
  const items: BatchItem[] = []
  let length = 0
  for (const id of ids) {
    const found = await requests.show(frame.person, id)
    await othersTurn()
    if (!found.ok) return problemOf(found.refusal)
    const isWarned = found.value.state === 'pending' && isConcealing(found.value.request)
    const isOwn = found.value.request.audience === config.origin
    const progress = await readProgress(services, frame, found.value, isOwn)
    items.push({ shown: found.value, progress, isConcealing: isWarned })
    length += shownLength(found.value.request)
    if (length > MOST_SHOWN_TOGETHER) return TOO_LONG_TOGETHER
  }
  return (
    <Page frame={frame} title={batchTitle(items)} scripts={['approve-together']} oneTask>
      <Batch items={items} now={frame.now} />
    </Page>
  )
}

async function readProgress(
  services: Services,
  { person }: PersonalFrame,
  { request, state, consentedByMe }: RequestForApprover,
  isOwn: boolean,
): Promise<Progress> {
  if (state === 'pending' && !consentedByMe) return NO_PROGRESS
  const entries = await services.requests.readTrace(person, request.trace)
  if (!entries.ok) return NO_PROGRESS
  const nameOf = await namesOf(services)
  return progressOf(
    entries.value.entries.map((entry) => entry.body),
    (approver) => (approver === person.id ? 'you' : nameOf(approver)),
    isOwn,
  )
}

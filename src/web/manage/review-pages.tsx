/**
 * The pages of least privilege: the review of all, and one executor.
 *
 * In: the services and the door. Out: routes for admins. `/review` and `/executors/…` are shared with the endpoints: a
 * caller that does not ask for HTML is left to those.
 */
import type { Context, Handler, Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { Door, PersonalFrame, View } from '../frame/page-access.tsx'
import { NOT_FOUND } from '../frame/problem-page.tsx'
import { ExecutorPage } from './executor-page.tsx'
import { ReviewPage } from './review-page.tsx'

export function reviewRoutes(pages: Hono, door: Door, services: Services, asPage: (page: Handler) => Handler): void {
  const review = door.adminOnly(async (frame) => (
    <ReviewPage frame={frame} review={await services.reviewing.review()} />
  ))
  const executor = door.adminOnly((frame, c) => executorPage(frame, c, services))
  pages.get('/review', asPage(review))
  pages.get('/executors/:audience', asPage(executor))
}

async function executorPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const { reviewing, stop, auditing } = services
  const audience = c.req.param('audience') ?? ''
  const executor = (await reviewing.review()).executors.find((known) => known.audience === audience)
  if (!executor) return NOT_FOUND
  const [streams, served, refused] = await Promise.all([
    stop.streams(),
    auditing.count({ type: 'token.redeemed', executor: audience }),
    auditing.count({ type: 'token.refused', executor: audience }),
  ])
  const its = streams.filter((stream) => stream.executor === audience)
  return <ExecutorPage {...{ frame, executor, streams: its, served, refused }} />
}

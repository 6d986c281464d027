/**
 * The inbox as routes: the page, and its list alone.
 *
 * In: the services and page access. Out: routes for everyone signed in.
 */
import type { Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import { Page } from '../frame/page.tsx'
import type { PageAccess } from '../frame/page-access.tsx'
import { InboxList, InboxPage } from './inbox-page.tsx'

export function requestsRoutes(pages: Hono, access: PageAccess, { requests }: Services): void {
  const inbox = access.signedIn(async (frame) => <InboxPage frame={frame} inbox={await requests.inbox(frame.person)} />)
  const list = access.signedIn(async (frame) => (
    <Page frame={frame} title="Inbox">
      <InboxList inbox={await requests.inbox(frame.person)} now={frame.now} />
    </Page>
  ))
  pages.get('/', inbox)
  pages.get('/inbox/list', list)
}

/** The pages of requests as routes: the inbox, the list of requests, and one request. GET changes nothing. */
import type { Context, Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import {
  forBrowsers,
  hasRole,
  type PageAccess,
  type PersonalFrame,
  type Show,
  type View,
} from '../frame/page-access.tsx'
import { inboxListPage, inboxPage } from './inbox-page.tsx'
import { requestListPage } from './request-list-page.tsx'
import { requestPage } from './request-page.tsx'

export function requestsRoutes(pages: Hono, access: PageAccess, services: Services): void {
  const show = (view: (frame: PersonalFrame, c: Context, services: Services) => ReturnType<Show>) =>
    access.signedIn((frame, c) => view(frame, c, services))
  pages.get('/', show(homePage))
  pages.get('/inbox/list', show(inboxListPage))
  pages.get('/requests', forBrowsers(show(requestListPage)))
  pages.get('/requests/:id', forBrowsers(show(requestPage)))
}

/** The inbox, or the list of requests for those who answer none. */
const homePage = async (frame: PersonalFrame, c: Context, services: Services): Promise<View> =>
  hasRole(frame, ['approver', 'admin']) ? inboxPage(frame, c, services) : { goTo: '/requests' }

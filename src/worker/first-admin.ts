/**
 * How the first admin gets in where there is no console to print a link on: the operator asks for it.
 *
 * In: POST with the operator's credential. Out: the one-time link; a refusal once there is an admin.
 * A log would keep the link, and each isolate that printed one would end the link before. SPEC 10.
 */
import type { Hono } from 'hono'
import type { Services } from '../authority/compose.ts'
import { callerFor } from '../http/caller.ts'
import { problemResponse } from '../http/problem-response.ts'

export const FIRST_ADMIN_PATH = '/admin/first-admin-link'

export function serveFirstAdmin(app: Hono, services: Services): void {
  const { origin } = services.config
  app.post(FIRST_ADMIN_PATH, async (context) => {
    const called = await callerFor(context, 'operator', services, () => 'unknown')
    if (!called.ok) return problemResponse(origin, called.refusal)
    const link = await services.access.bootstrapLink()
    if (link !== null) {
      services.log.info('first_admin.link_given')
      return context.json({ link })
    }
    const message = 'There is an admin already, who can invite others.'
    return problemResponse(origin, { code: 'forbidden', message })
  })
}

/** The pages of the policy as routes, for admins. */
import type { Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import { forBrowsers, type PageAccess } from '../frame/page-access.tsx'
import { NOT_FOUND } from '../frame/problem-page.tsx'
import { ReachPage } from './reach-page.tsx'
import { WorkbenchPage } from './workbench-page.tsx'

export function policyRoutes(pages: Hono, access: PageAccess, { drafting, people, config }: Services): void {
  pages.get(
    '/agents/:id/reach',
    forBrowsers(
      access.withRole(['admin'], async (frame, c) => {
        const reach = await drafting.survey(frame.person, c.req.param('id') ?? '')
        return reach.ok ? <ReachPage frame={frame} reach={reach.value} /> : NOT_FOUND
      }),
    ),
  )
  pages.get(
    '/policy/workbench',
    access.withRole(['admin'], async (frame) => (
      <WorkbenchPage
        frame={frame}
        text={await drafting.beginning()}
        agents={(await people.agents()).filter(({ id, revokedAt }) => revokedAt === null && !isOwnAgent(id))}
        executors={(await people.executors()).filter(
          ({ audience, revokedAt }) => revokedAt === null && audience !== config.origin,
        )}
      />
    )),
  )
}

/** The pages of the policy as routes, for admins. */
import type { Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { PageAccess } from '../frame/page-access.tsx'
import { WorkbenchPage } from './workbench-page.tsx'

export function policyRoutes(pages: Hono, access: PageAccess, { drafting, people, config }: Services): void {
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

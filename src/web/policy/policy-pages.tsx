/** The pages of the policy as routes: the versions for everybody who is signed in, the others for admins. */
import type { Hono } from 'hono'
import { position } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import { namesAmong } from '../../domain/identity/display-names.ts'
import { base64url22 } from '../../domain/identity/identifiers.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import { forBrowsers, type PageAccess } from '../frame/page-access.tsx'
import { readAddress } from '../frame/page-address.ts'
import { NOT_FOUND } from '../frame/problem-page.tsx'
import { ObservationPage } from './observation-page.tsx'
import { PolicyPage } from './policy-page.tsx'
import { ReachPage } from './reach-page.tsx'
import { WorkbenchPage } from './workbench-page.tsx'

export function policyRoutes(
  pages: Hono,
  access: PageAccess,
  { drafting, observing, policies, people, config }: Services,
): void {
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
    '/policy',
    access.signedIn(async (frame, c) => {
      const address = readAddress(c, { version: position.optional() })
      if (!address.ok) return address.problem
      const history = await policies.history()
      const shown = await policies.read(String(address.read.version ?? history.inForce))
      if (!shown.ok) return NOT_FOUND
      const [before, approvers] = await Promise.all([
        policies.read(String(shown.value.version - 1)),
        people.approvers(),
      ])
      const texts = { shown: shown.value, before: before.ok ? before.value : undefined }
      return <PolicyPage {...{ frame, history, ...texts }} nameOf={namesAmong(approvers)} engine={config.engine} />
    }),
  )
  pages.get(
    '/policy/workbench',
    access.withRole(['admin'], async (frame, c) => {
      const address = readAddress(c, { draft: base64url22.optional() })
      if (!address.ok) return address.problem
      const text = await textOf(address.read.draft)
      if (text === null) return NOT_FOUND
      return (
        <WorkbenchPage
          frame={frame}
          text={text}
          version={(await policies.history()).inForce}
          observations={await policies.observed()}
          agents={(await people.agents()).filter(({ id, revokedAt }) => revokedAt === null && !isOwnAgent(id))}
          engine={config.engine}
          executors={(await people.executors()).filter(
            ({ audience, revokedAt }) => revokedAt === null && audience !== config.origin,
          )}
        />
      )
    }),
  )
  pages.get(
    '/policy/observations/:id',
    forBrowsers(
      access.withRole(['admin'], async (frame, c) => {
        const report = await observing.read(c.req.param('id') ?? '')
        if (!report.ok) return NOT_FOUND
        const [{ inForce }, approvers] = await Promise.all([policies.history(), people.approvers()])
        return <ObservationPage frame={frame} report={report.value} inForce={inForce} people={approvers} />
      }),
    ),
  )

  /** The policy in force, or an observed draft that is edited again; null where there is no such draft. */
  async function textOf(draft: string | undefined): Promise<string | null> {
    if (draft === undefined) return drafting.beginning()
    const report = await observing.read(draft)
    return report.ok ? report.value.observation.text : null
  }
}

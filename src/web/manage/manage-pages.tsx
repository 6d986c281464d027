/** The admins' pages as routes. Paths that are endpoints as well give pages to browsers only. */
import type { Context, Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import { mayOpenSession } from '../../domain/identity/agent-session.ts'
import { namesAmong } from '../../domain/identity/display-names.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import { isPresent } from '../../domain/identity/parties.ts'
import { forBrowsers, type PageAccess, type PersonalFrame, type Show, type View } from '../frame/page-access.tsx'
import { NOT_FOUND } from '../frame/problem-page.tsx'
import { AgentPage } from './agent-page.tsx'
import { AgentsPage } from './agents-page.tsx'
import { DirectoriesPage } from './directories-page.tsx'
import { ExecutorPage } from './executor-page.tsx'
import { GroupsPage } from './groups-page.tsx'
import { PeoplePage } from './people-page.tsx'
import { PersonPage } from './person-page.tsx'
import { ReviewPage } from './review-page.tsx'
import { TasksPage } from './tasks-page.tsx'

export function manageRoutes(pages: Hono, access: PageAccess, services: Services): void {
  const { people, config, reviewing, provisioning } = services
  const forAdmins = (show: Show) => access.withRole(['admin'], show)
  const peoplePage = forAdmins(async (frame) => (
    <PeoplePage frame={frame} people={await people.approvers()} invitations={await people.invitations()} />
  ))
  const agents = forAdmins(async (frame) => (
    <AgentsPage
      frame={frame}
      own={config.origin}
      agents={await people.agents()}
      executors={await people.executors()}
      people={await people.approvers()}
    />
  ))
  const groups = forAdmins(async (frame) => (
    <GroupsPage frame={frame} groups={await people.groups()} people={await people.approvers()} />
  ))
  const review = forAdmins(async (frame) => <ReviewPage frame={frame} review={await reviewing.review()} />)
  const agent = forAdmins((frame, c) => agentPage(frame, c, services))
  const executor = forAdmins((frame, c) => executorPage(frame, c, services))
  pages.get('/people', peoplePage)
  pages.get(
    '/people/:id',
    forAdmins((frame, c) => personPage(frame, c, services)),
  )
  pages.get(
    '/tasks',
    access.signedIn((frame) => tasksPage(frame, services)),
  )
  pages.get('/groups', forBrowsers(groups))
  pages.get(
    '/directories',
    forBrowsers(
      forAdmins(async (frame) => (
        <DirectoriesPage frame={frame} origin={config.origin} {...(await provisioning.overview())} />
      )),
    ),
  )
  pages.get('/agents', forBrowsers(agents))
  pages.get('/review', forBrowsers(review))
  pages.get('/agents/:id', forBrowsers(agent))
  pages.get('/executors/:audience', forBrowsers(executor))
}

async function agentPage(frame: PersonalFrame, c: Context, { people, config }: Services): Promise<View> {
  const agent = (await people.agents()).find(({ id }) => id === c.req.param('id'))
  if (!agent || agent.revokedAt !== null || isOwnAgent(agent.id)) return NOT_FOUND
  const executors = (await people.executors()).filter(
    ({ audience, revokedAt }) => audience !== config.origin && revokedAt === null,
  )
  return <AgentPage frame={frame} agent={agent} people={await people.approvers()} executors={executors} />
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
  const own = streams.filter((stream) => stream.executor === audience)
  return <ExecutorPage {...{ frame, executor, streams: own, served, refused }} />
}

async function tasksPage(frame: PersonalFrame, { people, agentSessions }: Services): Promise<View> {
  const [sessions, agents, everybody] = await Promise.all([agentSessions.list(), people.agents(), people.approvers()])
  const mine = agents.filter((agent) => agent.revokedAt === null && mayOpenSession(frame.person, agent))
  return <TasksPage frame={frame} sessions={sessions} mine={mine} nameOf={namesAmong(everybody)} />
}

async function personPage(frame: PersonalFrame, c: Context, { people }: Services): Promise<View> {
  const person = await people.view(c.req.param('id') ?? '')
  if (!person.ok) return NOT_FOUND
  const others = (await people.approvers()).filter((other) => isPresent(other) && other.id !== person.value.id)
  return <PersonPage frame={frame} person={person.value} others={others} />
}

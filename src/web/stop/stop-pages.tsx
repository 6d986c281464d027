/**
 * The pages that stop: choosing, and what became of each switch.
 *
 * In: the services and the door. Out: routes, for everyone signed in; who may only look is told so. GET changes nothing.
 */
import type { Context, Hono } from 'hono'
import { Selector } from '../../api/stop/stop-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { titleOf } from '../approve/request-head.tsx'
import { namesOf } from '../frame/names.ts'
import type { Door, PersonalFrame, View } from '../frame/page-access.tsx'
import { troubleOf } from '../frame/problem-page.tsx'
import { type Choice, choiceOf } from './stop-choice.ts'
import type { Known, KnownName } from './stop-choices.tsx'
import { KillPage } from './stop-page.tsx'
import { SwitchPage } from './switch-page.tsx'

export function killRoutes(pages: Hono, door: Door, services: Services): void {
  pages.get(
    '/kill',
    door.signedIn((frame, c) => killPage(frame, c, services)),
  )
  pages.get(
    '/kill/:id{[A-Za-z0-9_-]{22}}',
    door.signedIn((frame, c) => switchPage(frame, c.req.param('id') ?? '', services)),
  )
}

const hasRole = ({ person }: PersonalFrame, ...roles: PersonalFrame['person']['roles'][number][]) =>
  roles.some((role) => person.roles.includes(role))

async function killPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const choice = choiceOf(c.req.query())
  const [reach, known, switches, byOf] = await Promise.all([
    reachOf(choice, services),
    knownTo(frame, services),
    services.stop.list(),
    byWhom(services),
  ])
  const shown = switches.map((killswitch) => ({ ...killswitch, by: byOf(killswitch) }))
  const mayStop = hasRole(frame, 'approver', 'admin')
  return <KillPage {...{ frame, choice, reach, known, mayStop, switches: shown }} />
}

const IMPOSSIBLE = {
  everything: '',
  agent: 'No agent can be called that.',
  executor: 'An executor is named by its URI, such as https://forum.example.',
  action: 'An action has letters, digits and . _ : / - in its name; a * at the end stands for whatever follows.',
  principal: 'Nobody can be called that.',
  request: 'A request has an id of 22 characters, a trace one of 32 hex digits.',
} as const

/** Judged as the endpoint judges it. */
async function reachOf({ kind, selector }: Choice, { stop }: Services) {
  if (kind === null || selector === null) return null
  if (!Selector.safeParse(selector).success) return IMPOSSIBLE[kind]
  const reach = await stop.preview(selector)
  return reach.ok ? reach.value : reach.refusal.message
}

async function knownTo({ person }: PersonalFrame, services: Services): Promise<Known> {
  const { requests, config } = services
  const [agents, executors, people, inbox] = await Promise.all([
    services.people.agents(),
    services.people.executors(),
    services.people.approvers(),
    requests.inbox(person),
  ])
  const standing = executors.filter(({ audience, revokedAt }) => audience !== config.origin && revokedAt === null)
  const called = new Map(people.map(({ id, name }) => [id, name ?? 'Name erased']))
  const principals = new Set(agents.flatMap((agent) => agent.principals))
  return {
    agent: agents.filter(({ revokedAt }) => revokedAt === null).map(({ id, runBy }) => [id, runBy ?? '']),
    executor: standing.map(({ audience, title }) => [audience, title]),
    action: actionsOf(standing.flatMap(({ catalogue }) => catalogue)),
    principal: [...principals].map((id) => [id, called.get(id) ?? '']),
    request: [...inbox.waiting, ...inbox.answered].map((request) => [request.id, titleOf(request)]),
  }
}

/** What names begin with up to their first dot, then the names. */
function actionsOf(catalogue: readonly CatalogueEntry[]): readonly KnownName[] {
  const families = new Set(catalogue.flatMap(({ name }) => (name.includes('.') ? `${name.split('.')[0]}.*` : [])))
  const named = new Map(catalogue.map(({ name, title }) => [name, title ?? '']))
  return [...[...families].map((family) => [family, 'all of them'] as const), ...named]
}

async function byWhom(services: Services): Promise<(killswitch: KillSwitch) => string> {
  const nameOf = await namesOf(services)
  return ({ engagedBy }) => (engagedBy === 'operator' ? 'An operator’s credential' : nameOf(engagedBy))
}

async function switchPage(frame: PersonalFrame, id: string, services: Services): Promise<View> {
  const [watched, byOf] = await Promise.all([services.stop.view(id), byWhom(services)])
  if (!watched.ok) return troubleOf(watched.refusal)
  const view = { frame, watched: watched.value, by: byOf(watched.value.killswitch) }
  const [mayRelease, mayReadLedger] = [hasRole(frame, 'admin'), hasRole(frame, 'auditor', 'admin')]
  return <SwitchPage {...{ ...view, mayRelease, mayReadLedger }} />
}

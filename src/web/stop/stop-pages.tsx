/** The pages of kill switches, as routes for everyone signed in. GET changes nothing. */
import type { Context, Hono } from 'hono'
import { Selector } from '../../api/stop/stop-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { namesOf } from '../frame/names.ts'
import { hasRole, type PageAccess, type PersonalFrame, type View } from '../frame/page-access.tsx'
import { problemOf } from '../frame/problem-page.tsx'
import { titleOf } from '../parts/request-sentence.tsx'
import { named } from '../parts/selector-text.tsx'
import { choiceOf, type StopChoice, type Suggestion, type Suggestions } from './stop-fields.tsx'
import { StopPage } from './stop-page.tsx'
import type { SwitchRow } from './switch-list.tsx'
import { SwitchPage } from './switch-page.tsx'

export function stopRoutes(pages: Hono, access: PageAccess, services: Services): void {
  const choose = access.signedIn((frame, c) => stopPage(frame, c, services))
  const one = access.signedIn((frame, c) => switchPage(frame, c.req.param('id') ?? '', services))
  pages.get('/kill', choose)
  pages.get('/kill/:id{[A-Za-z0-9_-]{22}}', one)
}

async function stopPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const choice = choiceOf(c.req.query())
  const [reach, suggestions, switches, forPeople] = await Promise.all([
    reachOf(choice, services),
    suggestionsFor(frame, services),
    services.stop.list(),
    rowsOf(services),
  ])
  const rows = switches.map(forPeople)
  const [mayStop, mayRelease] = [hasRole(frame, ['approver', 'admin']), hasRole(frame, ['admin'])]
  return <StopPage {...{ frame, choice, reach, suggestions, mayStop, mayRelease, switches: rows }} />
}

const INVALID = {
  everything: '',
  agent: 'This is not a valid agent name.',
  executor: 'Name an executor by its URI, such as https://forum.example.',
  action: 'An action name has letters, digits and . _ : / - in it. A * at the end matches any continuation.',
  principal: 'This is not a valid principal.',
  request: 'A request has an id of 22 characters, a trace an id of 32 hexadecimal digits.',
} as const

/** Checks the choice with the endpoint's own schema. */
async function reachOf({ kind, selector }: StopChoice, { stop }: Services) {
  if (kind === null || selector === null) return null
  if (!Selector.safeParse(selector).success) return INVALID[kind]
  const reach = await stop.preview(selector)
  return reach.ok ? reach.value : reach.refusal.message
}

async function suggestionsFor({ person }: PersonalFrame, services: Services): Promise<Suggestions> {
  const { config, people, requests } = services
  const [agents, executors, approvers, inbox] = await Promise.all([
    people.agents(),
    people.executors(),
    people.approvers(),
    requests.inbox(person),
  ])
  const active = executors.filter(({ audience, revokedAt }) => audience !== config.origin && revokedAt === null)
  const nameOf = new Map(approvers.map(({ id, name }) => [id, name ?? 'Name erased']))
  const principals = new Set(agents.flatMap((agent) => agent.principals))
  return {
    agent: agents.filter(({ revokedAt }) => revokedAt === null).map(({ id, runBy }) => [id, runBy ?? '']),
    executor: active.map(({ audience, title }) => [audience, title]),
    action: actionsOf(active.flatMap(({ catalogue }) => catalogue)),
    principal: [...principals].map((id) => [id, nameOf.get(id) ?? '']),
    request: [...inbox.waiting, ...inbox.answered].map((request) => [request.id, titleOf(request)]),
  }
}

/** A prefix for each family of actions (the part before the first dot), then the actions themselves. */
function actionsOf(catalogue: readonly CatalogueEntry[]): readonly Suggestion[] {
  const families = new Set(catalogue.flatMap(({ name }) => (name.includes('.') ? `${name.split('.')[0]}.*` : [])))
  const named = new Map(catalogue.map(({ name, title }) => [name, title ?? '']))
  return [...[...families].map((family) => [family, 'all of them'] as const), ...named]
}

/** A kill switch as people read it: the person who engaged it and the one it names, by name. */
async function rowsOf(services: Services): Promise<(killswitch: KillSwitch) => SwitchRow> {
  const nameOf = await namesOf(services)
  return (killswitch) => ({
    ...killswitch,
    selector: named(killswitch.selector, nameOf),
    by: killswitch.engagedBy === 'operator' ? 'An operator’s credential' : nameOf(killswitch.engagedBy),
  })
}

async function switchPage(frame: PersonalFrame, id: string, services: Services): Promise<View> {
  const [watched, forPeople] = await Promise.all([services.stop.view(id), rowsOf(services)])
  if (!watched.ok) return problemOf(watched.refusal)
  const killswitch = forPeople(watched.value.killswitch)
  const view = { frame, watched: { ...watched.value, killswitch }, by: killswitch.by }
  const [mayRelease, mayReadLedger] = [hasRole(frame, ['admin']), hasRole(frame, ['auditor', 'admin'])]
  return <SwitchPage {...{ ...view, mayRelease, mayReadLedger }} />
}

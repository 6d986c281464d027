/**
 * A running authority with its pages, and a browser that looks at it closely.
 *
 * In: settings. Out: a site on a port of its own; pages that note every console error, policy violation and shift.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Client } from '../../src/client/client.ts'
import {
  type AuthorityOptions,
  addAgent,
  addExecutor,
  administer,
  enrolFirstAdmin,
  mustSucceed,
  type Person,
  postAction,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { type Passkey, withPasskey } from '../setup/browser.ts'

export interface Site {
  readonly authority: TestAuthority
  readonly origin: string
  /** helpdesk-agent, which may ask for dana. */
  readonly agent: Client
  /** The forum, which carries out what helpdesk-agent may do. */
  readonly executor: Client
  /** Proposes as helpdesk-agent; resolves to the request's id. */
  readonly propose: (body?: Proposal) => Promise<string>
  readonly bootstrapLink: () => Promise<string>
  readonly stop: () => Promise<void>
}

export interface Proposal {
  readonly action?: ReturnType<typeof postAction>
  readonly preview?: { summary?: string; changes: { label: string; before: string | null; after: string | null }[] }
  readonly reason?: string
  readonly expires_in?: number
}

export async function startSite(options: AuthorityOptions = {}): Promise<Site> {
  const authority = await startAuthority({ database: 'pglite', ...options })
  const executor = await addExecutor(authority)
  const agent = authority.client(await addAgent(authority, 'helpdesk-agent', { principals: ['dana'] }))
  await authority.listen()
  return {
    authority,
    origin: authority.config.origin,
    agent,
    executor: authority.client(executor.credential),
    propose: async ({ action = postAction(), ...more } = {}) =>
      mustSucceed(await agent.call('openRequest', { body: { audience: executor.audience, action, ...more } })).id,
    bootstrapLink: async () => (await authority.services.people.firstAdminLink()) ?? '',
    stop: authority.stop,
  }
}

export interface Visitor {
  readonly page: Page
  readonly passkey: Passkey
  /** Console errors, uncaught errors and policy violations so far. */
  readonly troubles: readonly string[]
  readonly close: () => Promise<void>
}

/** A person at a browser of their own, with an authenticator. */
export async function visit(browser: Browser, site: Site, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: site.origin, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message.text())) troubles.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => troubles.push(`${page.url()}: ${error.message}`))
  await page.addInitScript(watchShifts)
  return { page, passkey: await withPasskey(page), troubles, close: () => context.close() }
}

/** The browser itself logs every answer of 400 and above; pages are tested for what they make of those. */
const isExpected = (text: string): boolean => text.startsWith('Failed to load resource')

/** Adds up layout shifts that no input caused, as Core Web Vitals count them. */
function watchShifts(): void {
  let sum = 0
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if ('value' in entry && !('hadRecentInput' in entry && entry.hadRecentInput)) sum += Number(entry.value)
    document.documentElement.dataset['shift'] = String(sum)
  })
  observer.observe({ type: 'layout-shift', buffered: true })
}

export async function enrol(visitor: Visitor, link: string, name: string): Promise<void> {
  const { page } = visitor
  await page.goto(link)
  // Whom an admin invited by name finds it written already.
  const field = page.getByLabel('Your name')
  await field.waitFor()
  if (await field.isEditable()) await field.fill(name)
  await page.getByLabel('A name for this passkey').fill('Test key')
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.waitForURL('**/')
}

/** Enrols a first admin with a passkey in software, who then invites the visitor as an approver and admin. */
export async function enrolBoth(site: Site, visitor: Visitor): Promise<Person> {
  const admin = await enrolFirstAdmin(site.authority, 'Sam Wu')
  const invite = { name: 'Ada Admin', roles: ['approver', 'admin'] }
  const action = { name: 'countersign.approver.invite', resource: 'approvers', arguments: invite }
  const { link } = await administer(site.authority, admin, action)
  await enrol(visitor, link ?? '', 'Ada Admin')
  return admin
}

/**
 * The fixture of the page tests: an authority of their own on a port, and visitors in the worker's browser.
 *
 * In: settings. Out: a site that ends with its test file; pages that note every console error, policy violation and shift.
 * The database server, the migrated template and the browser are shared: a site costs a copy of the template.
 */
import { type ChallengeKey, createChallenge } from '@countersign/verifier'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import {
  type AuthorityOptions,
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  invitationFor,
  mustSucceed,
  type Person,
  postAction,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { type Passkey, sharedBrowser, withPasskey } from '../setup/browser.ts'

export interface Site {
  readonly authority: TestAuthority
  readonly origin: string
  /** helpdesk-agent, which may ask for dana. */
  readonly agent: Client
  /** The forum, which carries out what helpdesk-agent may do. */
  readonly executor: Client
  /** Proposes as helpdesk-agent; resolves to the request's id. */
  readonly propose: (body?: Proposal) => Promise<string>
  /** The forum asks by a challenge that is bound to this state, and helpdesk-agent relays it; resolves to the request's id. */
  readonly relay: (state: string) => Promise<string>
  readonly bootstrapLink: () => Promise<string>
}

export interface Proposal {
  readonly action?: ReturnType<typeof postAction>
  readonly preview?: { summary?: string; changes: { label: string; before: string | null; after: string | null }[] }
  readonly reason?: string
  readonly expires_in?: number
}

export interface SiteOptions extends AuthorityOptions {
  /** More agents, registered before there is an admin: by id, with their arguments. */
  readonly agents?: Readonly<Record<string, Parameters<typeof addAgent>[2]>>
}

/** Call it while a test file is collected: the site stops after the file's tests. */
export async function openSite({ agents = {}, ...options }: SiteOptions = {}): Promise<Site> {
  const authority = await startAuthority(options)
  afterAll(authority.stop)
  const executor = await addExecutor(authority)
  const agent = authority.client(await addAgent(authority, 'helpdesk-agent', { principals: ['dana'] }))
  for (const [id, more] of Object.entries(agents)) await addAgent(authority, id, more)
  await authority.listen()
  return {
    authority,
    origin: authority.config.origin,
    agent,
    executor: authority.client(executor.credential),
    propose: async ({ action = postAction(), ...more } = {}) =>
      mustSucceed(await agent.call('openRequest', { body: { audience: executor.audience, action, ...more } })).id,
    relay: async (state) => {
      const key = executor.challengeKey as ChallengeKey
      const signer = { key, audience: executor.audience, issuer: authority.config.origin, now: authority.now() }
      const challenge = await createChallenge(signer, { action: postAction(), reason: 'Replies are public', state })
      const answer = mustSucceed(await agent.call('transaction', { form: { transaction_challenge: challenge } }))
      return 'transaction_authorization_id' in answer ? answer.transaction_authorization_id : ''
    },
    bootstrapLink: async () => (await authority.services.people.firstAdminLink()) ?? '',
  }
}

export interface Visitor {
  readonly page: Page
  readonly passkey: Passkey
  /** Console errors, uncaught errors and policy violations so far. */
  readonly troubles: readonly string[]
  readonly close: () => Promise<void>
}

/** A person with a browser profile and an authenticator of their own, for as long as `close` was not called. */
export async function visit(site: Site, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await (await sharedBrowser()).newContext({
    baseURL: site.origin,
    reducedMotion: 'reduce',
    ...options,
  })
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

/**
 * Adds up layout shifts that no input caused, as Core Web Vitals count them. New content in answer to a passkey comes
 * later than they allow for an input: the shift that replaces `main`, or a request while it is answered, is no fault.
 */
function watchShifts(): void {
  let sum = 0
  let renewedAt = Number.NEGATIVE_INFINITY
  const renewals = new MutationObserver((changes) => {
    const isAnswering = document.querySelector('main [aria-disabled="true"]') !== null
    const isRenewed = (node: Node) =>
      node.nodeName === 'MAIN' || (isAnswering && node instanceof HTMLElement && 'approval' in node.dataset)
    if (changes.some(({ removedNodes }) => [...removedNodes].some(isRenewed))) renewedAt = performance.now()
  })
  renewals.observe(document, { childList: true, subtree: true })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!('value' in entry) || ('hadRecentInput' in entry && entry.hadRecentInput)) continue
      const after = entry.startTime - renewedAt
      if (after < 0 || after > 1000) sum += Number(entry.value)
      else renewedAt = Number.NEGATIVE_INFINITY
    }
    document.documentElement.dataset['shift'] = String(sum)
  })
  observer.observe({ type: 'layout-shift', buffered: true })
}

/** `admin` consents to the passkey, by the code that the page shows; the first admin's needs nobody. */
export async function enrol(visitor: Visitor, link: string, name: string, admin?: Person): Promise<void> {
  const { page } = visitor
  await page.goto(link)
  // Whom an admin invited by name finds it written already.
  const field = page.getByLabel('Your name')
  await field.waitFor()
  if (await field.isEditable()) await field.fill(name)
  await page.getByLabel('A name for this passkey').fill('Test key')
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  if (admin) await letIn(admin, (await page.locator('[data-code]', { hasText: /\S/ }).textContent()) ?? '')
  await page.waitForURL('**/notifications?enrolled')
  await page.getByRole('link', { name: 'go on without' }).click()
  await page.waitForURL(({ pathname }) => pathname === '/' || pathname === '/requests')
}

/** Consents to the enrolment with this code. */
async function letIn(admin: Person, code: string): Promise<void> {
  const { requests } = mustSucceed(await admin.page.call('inbox', { query: { words: code } }))
  mustSucceed(await admin.consent(requests[0]?.id ?? ''))
}

export interface AdminSite {
  readonly site: Site
  /** Approver and admin, in the browser. */
  readonly ada: Visitor
  readonly page: Page
  /** The first admin, with a passkey in software. */
  readonly other: Person
}

/** A site with two admins: one with a passkey in software, who invites the one in the browser. */
export async function openAdminSite(
  options: SiteOptions = {},
  context: BrowserContextOptions = {},
): Promise<AdminSite> {
  const site = await openSite(options)
  const ada = await visit(site, context)
  const other = await enrolFirstAdmin(site.authority, 'Sam Wu')
  await enrol(ada, await invitationFor(other, 'Ada Admin', ['approver', 'admin']), 'Ada Admin', other)
  return { site, ada, page: ada.page, other }
}

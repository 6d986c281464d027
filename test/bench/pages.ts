/**
 * The pages that approvers and auditors wait for: the server's time over HTTP, and the first view in Chromium.
 *
 * In: an authority with 200 requests that wait. The browser enrols as the first admin, with a virtual authenticator, and
 * the load generator has its session. The server's time is held against that of a bare server, which sends as many statements
 * and compresses the same page; they take turns. Each first view is that of a browser that has nothing of the site yet, and
 * its paint is held against that of a plain page.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import { createClient } from '../../src/client/client.ts'
import { findBrowser } from '../setup/find-browser.mjs'
import { type FirstView, firstView } from '../setup/first-view.ts'
import { launchBrowser, withPasskey } from '../setup/launch-browser.ts'
import { startServer } from './bench-servers.ts'
import { type Bench, type Figure, figure, type Ground, median, quantile, roundsOf, type Target } from './harness.ts'
import { get, load } from './load.ts'
import { AGENT, add, addExecutor, FORUM, forumAction, mustSucceed, proposals } from './parties.ts'
import { NODE_FLAGS, type Product, startProduct } from './product.ts'

const WAITING = 200
/** The p99 of fewer is that of the two or three slowest. */
const READS = 1000
const WARM_UP = 200
/** Of each server in turn, until all are read. */
const TURNS = 5
/** What the list of each page has. */
const ROWS: Readonly<Record<string, number>> = { inbox: WAITING, ledger: 50 }
const VIEWS = 5
const SLOW_DOWN = 4
const MAX_BYTES = 60_000
/** By the name of a page, what it has once its checkpoint was verified. */
const SETTLED: Readonly<Record<string, string>> = { ledger: 'main[data-checked]' }

export const pages: Bench = {
  name: 'pages',
  about: 'approval, inbox with 200 waiting, ledger: server time p99, bytes and paint of a first view in Chromium',
  async run(ground) {
    const { url, options } = await ground.databases.authority()
    const product = await startProduct(url, options)
    const browser = await launchBrowser(findBrowser())
    try {
      const paths = await propose(product)
      const context = await enrolled(browser, product)
      const figures: Figure[] = []
      for (const [name, path] of Object.entries(paths)) {
        figures.push(...(await serverTime(name, { product, path, cookie: await cookieOf(context) }, ground)))
        figures.push(...(await views(name, { browser, context, address: `${product.origin}${path}` }, ground)))
      }
      return figures
    } finally {
      await browser.close()
      await product.stop()
      await ground.databases.drop(url)
    }
  },
}

/** The pages, by name. */
async function propose(product: Product): Promise<Readonly<Record<string, string>>> {
  const { operator, port, origin } = product
  const registration = { id: AGENT, executors: [FORUM] }
  const agentCredential = await add(operator, 'countersign.agent.add', `agent:${AGENT}`, registration)
  await addExecutor(product, FORUM)
  const messages = proposals({ agentCredential }, WAITING - 1, forumAction('forum.post'))
  await load({ port, messages, expected: 201 })
  const agent = createClient({ origin, credential: agentCredential })
  const { id } = mustSucceed(await agent.propose({ body: { audience: FORUM, action: forumAction('forum.post') } }))
  return { approval: `/approve/${id}`, inbox: '/', ledger: '/ledger' }
}

async function enrolled(browser: Browser, { bootstrapLink }: Product): Promise<BrowserContext> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await withPasskey(page)
  await page.goto(bootstrapLink)
  await page.getByLabel('Your name').fill('Ada Admin')
  await page.getByLabel('A name for this passkey').fill('Test key')
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.waitForURL('**/notifications?enrolled')
  await page.close()
  return context
}

const cookieOf = async (context: BrowserContext): Promise<string> =>
  (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')

interface Read {
  readonly product: Product
  readonly path: string
  readonly cookie: string
}

/** One reader, whose next read follows the answer. */
async function serverTime(name: string, { product: { port }, path, cookie }: Read, ground: Ground) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const file = join(folder, 'page.html')
  const headers = { accept: 'text/html', cookie }
  await load({
    port,
    messages: [get(path, headers)],
    expected: 200,
    answered: (answer) => writeFileSync(file, Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1')),
  })
  const url = await ground.databases.fresh()
  const settings = { DATABASE_URL: url, PAGE: file, ROWS: String(ROWS[name] ?? 1) }
  const bare = await startServer('bare-page', settings, NODE_FLAGS)
  try {
    const message = get(path, { ...headers, 'accept-encoding': 'gzip' })
    const timesAt = (at: number, count: number) => readTimes(at, new Array<Buffer>(count).fill(message))
    await Promise.all([timesAt(port, WARM_UP), timesAt(bare.port, WARM_UP)])
    const [times, bareTimes]: [number[], number[]] = [[], []]
    for (let turn = 0; turn < TURNS; turn++) {
      times.push(...(await timesAt(port, roundsOf(ground, READS / TURNS))))
      bareTimes.push(...(await timesAt(bare.port, roundsOf(ground, READS / TURNS))))
    }
    const at = (share: number) => ({
      unit: 'ms',
      value: quantile(times, share),
      yardstick: quantile(bareTimes, share),
    })
    return [
      figure({ name: `page-${name}`, ...at(0.5) }),
      figure({ name: `page-${name}-p99`, ...at(0.99), target: { of: 'value', is: '≤', limit: 15 } }),
    ]
  } finally {
    await bare.stop()
    await ground.databases.drop(url)
    rmSync(folder, { recursive: true })
  }
}

const readTimes = async (port: number, messages: readonly Buffer[]) =>
  (await load({ port, messages, expected: 200, connections: 1 })).latenciesMs

interface View {
  readonly browser: Browser
  readonly context: BrowserContext
  readonly address: string
}

async function views(name: string, { browser, context, address }: View, ground: Ground): Promise<readonly Figure[]> {
  const storageState = await context.storageState()
  const view = async (at: string, settled: string) => {
    const fresh = await browser.newContext({ storageState })
    const seen = await firstView(await fresh.newPage(), at, { slowDown: SLOW_DOWN, settled })
    await fresh.close()
    return seen
  }
  const [seen, seenBare]: [FirstView[], FirstView[]] = [[], []]
  const bare = await startPlainPage()
  for (let at = 0; at < roundsOf(ground, VIEWS); at++) {
    seen.push(await view(address, SETTLED[name] ?? 'main'))
    seenBare.push(await view(bare.address, 'main'))
  }
  bare.stop()
  const foreign = seen.flatMap((view) => view.foreign)
  if (foreign.length > 0) throw new Error(`A page asked another origin: ${foreign[0]}`)
  const most = (of: (view: FirstView) => number) => Math.max(...seen.map(of))
  const paintOf = (views: readonly FirstView[]) => median(views.map(({ largestPaintMs }) => largestPaintMs))
  return [
    row(
      `page-${name}-bytes`,
      'bytes',
      most(({ bytes }) => bytes),
      { is: '≤', limit: MAX_BYTES },
    ),
    figure({
      name: `page-${name}-paint`,
      unit: `ms, processor slowed down ${SLOW_DOWN} times`,
      value: paintOf(seen),
      yardstick: paintOf(seenBare),
      target: { of: 'value', is: '<', limit: 500 },
    }),
    row(
      `page-${name}-shift`,
      'of the view',
      most(({ shift }) => shift),
      { is: '≤', limit: 0 },
    ),
  ]
}

/** A page of two words, without style and without script: what the browser itself takes. */
async function startPlainPage() {
  const html = '<!doctype html><html lang="en"><title>Plain</title><main><h1>Plain page</h1></main></html>'
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { address: `http://localhost:${port}/`, stop: () => server.close() }
}

const row = (name: string, unit: string, value: number, target: Omit<Target, 'of'>): Figure =>
  figure({ name, unit, value, target: { of: 'value', ...target } })

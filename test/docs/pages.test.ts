/** The documentation as the authority serves it: open to everyone, complete, with links that work, at every width. */
import { ERROR_CODES } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { DOCUMENTS } from '../../src/docs/render.mjs'
import { expectFlawless } from '../web/inspect.ts'
import { openSite, visit } from '../web/site.ts'

const site = await openSite()
const reader = await visit(site)
const pages = new Map<string, { readonly html: string; readonly ids: ReadonlySet<string> }>()

const PATHS = ['/docs', ...DOCUMENTS.map((slug) => `/docs/${slug}`), '/docs/endpoints']

async function get(path: string) {
  const response = await site.authority.app.request(path, { headers: { accept: 'text/html' } })
  expect(response.status, path).toBe(200)
  const html = await response.text()
  return { html, ids: new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id)) }
}

for (const path of PATHS) pages.set(path, await get(path))

describe('for everyone', () => {
  it('links between pages and within them work', () => {
    const broken = [...pages].flatMap(([path, { html }]) => {
      const links = [...html.matchAll(/<a[^>]* href="([^"]*)"/g)].map(([, href = '']) => href)
      return links.filter((href) => !isServed(path, href)).map((href) => `${path}: ${href}`)
    })
    expect(broken).toEqual([])
  })

  function isServed(from: string, href: string): boolean {
    if (/^https?:/.test(href)) return true
    const [path, anchor] = href.split('#')
    const page = pages.get(path || from)
    if (!page) return ['/', '/openapi.json'].includes(href)
    return anchor === undefined || page.ids.has(anchor)
  }

  it('every problem document’s type leads to its code', async () => {
    const problem = await (await site.authority.app.request('/requests/x', { method: 'POST' })).json()
    const { hash } = new URL(problem.type)
    expect(pages.get('/docs')?.ids).toContain(hash.slice(1))
    expect(ERROR_CODES.filter((code) => !pages.get('/docs')?.ids.has(code))).toEqual([])
  })

  it('an unknown document is not found', async () => {
    const response = await site.authority.app.request('/docs/nothing', { headers: { accept: 'text/html' } })
    expect(response.status).toBe(404)
  })
})

it.each(['/docs', '/docs/how-it-works', '/docs/integrate', '/docs/settings', '/docs/specification', '/docs/endpoints'])(
  '%s is without fault in both lights and at every width',
  async (path) => {
    await reader.page.setViewportSize({ width: 390, height: 844 })
    await reader.page.goto(path)
    await reader.page.locator('main h1').waitFor()
    await expectFlawless(reader, path)
  },
)

it('shows the contents beside the text, or folded above it on a phone', async () => {
  const { page } = reader
  await page.goto('/docs/specification')
  const section = page.getByRole('navigation').getByRole('link', { name: '6. Approval token' })
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await section.isVisible()).toBe(false)
  await page.getByText('Contents', { exact: true }).click()
  await section.click()
  await expect.poll(() => page.evaluate(() => location.hash)).toBe('#6-approval-token')
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.goto('/docs/specification')
  expect(await section.isVisible()).toBe(true)
})

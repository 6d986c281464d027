/** The base of the other tests is real: a server, a browser, a passkey. */
import { createServer, type Server } from 'node:http'
import type { Browser } from 'playwright-core'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchTestBrowser, withPasskey } from './browser.ts'
import { freshDatabase } from './postgres.ts'

describe('PostgreSQL', () => {
  it('is a real server that keeps what it commits', async () => {
    const database = await freshDatabase()
    const sql = postgres(database.url, { max: 1 })
    const [row] = await sql`select version(), current_setting('fsync') as fsync, current_database() as name`
    expect(row).toMatchObject({ version: expect.stringMatching(/^PostgreSQL \d+/), fsync: 'on', name: database.name })
    await sql.end()
    await database.drop()
  })

  it('copies a template, and drops a database that is still in use', async () => {
    const template = await freshDatabase()
    const writer = postgres(template.url, { max: 1 })
    await writer`create table kept as select 42 as answer`
    await writer.end()

    const copy = await freshDatabase({ template: template.name })
    const reader = postgres(copy.url, { max: 1, onclose: () => {} })
    expect(await reader`select answer from kept`).toEqual([{ answer: 42 }])
    await copy.drop()
    await template.drop()
    await reader.end()
  })
})

describe('the browser', () => {
  let browser: Browser
  let server: Server
  let origin: string

  beforeAll(async () => {
    server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<h1>A page</h1>'))
    await new Promise<void>((listening) => server.listen(0, listening))
    const address = server.address()
    origin = `http://localhost:${typeof address === 'object' ? address?.port : ''}`
    browser = await launchTestBrowser()
  })

  afterAll(async () => {
    await browser.close()
    server.close()
  })

  it('creates a passkey with the virtual authenticator', async () => {
    const page = await browser.newPage()
    await page.goto(origin)
    const { cdp, authenticatorId } = await withPasskey(page)
    const id = await page.evaluate(createPasskey)
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
    expect(credentials).toMatchObject([{ rpId: 'localhost', isResidentCredential: true }])
    expect(Buffer.from(credentials[0]?.credentialId ?? '', 'base64').toString('base64url')).toBe(id)
    await page.close()
  })
})

/** Runs in the page. */
async function createPasskey(): Promise<string | undefined> {
  const credential = await navigator.credentials.create({
    publicKey: {
      rp: { id: 'localhost', name: 'Countersign' },
      user: { id: new Uint8Array(16), name: 'approver', displayName: 'Approver' },
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    },
  })
  return credential?.id
}

/**
 * The least that could take a consent and wake the agent that waits for its token. A yardstick, not a product.
 *
 * In: DATABASE_URL, a database with the authority's tables. Out: POST /consent, and POST /token, which is answered after
 * the next consent, on a port of its own choice. Each sends as many statements as the authority, in as many turns, and
 * commits as often: a statement reads or writes one row of the entries. Two signatures are verified and one is made, each
 * of P-256. It decides nothing, knows nobody, and keeps no log.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import postgres from 'postgres'

/** As long as an entry of the authority's. */
const TEXT = Buffer.alloc(600, 'a').toString()
const LEAF = Buffer.alloc(32)

const sql = postgres(process.env['DATABASE_URL'] ?? '', { fetch_types: false, onnotice: () => {} })

/** A part of a statement, or one itself. */
const insertion = () => sql<{ id: string }[]>`
  insert into entries (type, at, trace, body, leaf)
  values ('token.issued', ${Math.floor(Date.now() / 1000)}, ${crypto.randomUUID()}, ${TEXT}, ${LEAF}) returning id`

/** What is read. */
const [{ id } = { id: '' }] = await insertion()

const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const { privateKey, publicKey } = await crypto.subtle.generateKey(ES256, false, ['sign', 'verify'])
const signed = Buffer.from(TEXT)
const signature = await crypto.subtle.sign(ES256, privateKey, signed)
const verify = () => crypto.subtle.verify(ES256, publicKey, signature, signed)

let wake = () => {}
await sql.listen('bare', () => wake())

const read = (count: number) =>
  Promise.all(Array.from({ length: count }, () => sql`select body from entries where id = ${id}`))

/** The session; the request and the person's part; the offer is taken; all is locked, judged, written and committed. */
async function consent(): Promise<void> {
  await read(1)
  await read(2)
  await insertion()
  await verify()
  const transaction = await sql.reserve()
  await transaction`begin`
  const lock = () => transaction`select from entries where id = ${id} for share`
  const record = () => transaction`with written as (${insertion()}) select pg_notify('bare', '')`
  await Promise.all([lock(), lock(), lock(), record(), transaction`commit`])
  transaction.release()
}

/** The request, the parties, the policy and the consents with their people; the token, and whether its agent is still in. */
async function token(): Promise<ArrayBuffer> {
  await new Promise<void>((resolve) => {
    wake = resolve
  })
  await read(6)
  await verify()
  await Promise.all([insertion(), read(1)])
  return crypto.subtle.sign(ES256, privateKey, signed)
}

const server = createServer(async (request, response) => {
  request.resume()
  const answer = request.url === '/token' ? Buffer.from(await token()).toString('base64url') : await consent()
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ answer }))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ port }))
})

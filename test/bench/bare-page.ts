/**
 * The least that could answer for a page. A yardstick, not a product.
 *
 * In: DATABASE_URL, an empty database; PAGE, a file with the HTML of the authority's page; ROWS, how many rows it lists.
 * Out: GET on a port of its own choice, answered with that page. Each time it sends as many statements as the authority, in
 * as many turns, one of which reads ROWS short rows by their ids, and compresses the page. It decides nothing, knows nobody,
 * holds nothing against the ledger, and renders nothing.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import postgres from 'postgres'

const { DATABASE_URL = '', PAGE = '', ROWS = '1' } = process.env
const page = readFileSync(PAGE, 'utf8')
const rows = Number(ROWS)

const sql = postgres(DATABASE_URL, { fetch_types: false, onnotice: () => {} })
await sql`create table bare (id bigint generated always as identity primary key, text text)`
await sql`insert into bare (text) select repeat('a', 60) from generate_series(1, ${rows})`

const readOne = () => sql`select text from bare where id = 1`
const readAll = () => sql`select id, text from bare where id between 1 and ${rows} order by id`

/** The session; then the list, and beside it what else a page reads. */
async function read(): Promise<number> {
  await readOne()
  const [all] = await Promise.all([readAll(), readOne(), readOne()])
  return all.length
}

const server = createServer(async (request, response) => {
  request.resume()
  if ((await read()) !== rows) throw new Error('A row is missing')
  response
    .setHeader('content-type', 'text/html; charset=UTF-8')
    .setHeader('content-encoding', 'gzip')
    .end(gzipSync(page))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ port }))
})

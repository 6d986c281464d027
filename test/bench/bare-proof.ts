/**
 * The least that could prove an entry of a long log. A yardstick, not a product.
 *
 * In: DATABASE_URL, a database with a long log. Out: GET /INDEX on a port of its own choice, answered with as much text as
 * the authority's. It sends as many statements as the authority, in as many turns, and hashes 247 pairs of hashes, as the
 * lowest tile asks for; which hashes make a proof, it does not know.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import postgres from 'postgres'

const sql = postgres(process.env['DATABASE_URL'] ?? '', { fetch_types: false, onnotice: () => {} })
const TILE = 256
const PAIRS = 247
const PROOF_CHARACTERS = 1500

/** The leaf, and what is published; then its entry, and its tile. */
async function read(index: number): Promise<Uint8Array> {
  const [leaves] = await Promise.all([
    sql<{ entry: string }[]>`select entry from leaves where index = ${index}`,
    sql`select * from checkpoints where kind = 'published'`,
  ])
  const [tiles] = await Promise.all([
    sql<{ hashes: Uint8Array }[]>`select hashes from tiles where level = 0 and index = ${Math.floor(index / TILE)}`,
    sql`select body from entries where id = ${leaves[0]?.entry ?? ''}`,
  ])
  if (!tiles[0]) throw new Error(`No tile has leaf ${index}`)
  return tiles[0].hashes
}

const server = createServer(async (request, response) => {
  request.resume()
  const hashes = await read(Number(request.url?.slice(1)))
  let root = ''
  for (let at = 0; at < PAIRS; at++)
    root = createHash('sha256')
      .update(hashes.subarray(at * 32, at * 32 + 64))
      .digest('base64')
  response.setHeader('content-type', 'text/plain').end(root.padEnd(PROOF_CHARACTERS, '.'))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ port }))
})

/** The least an audit of a mirror does: reads every bundle, parses every entry, hashes it. A yardstick, not an audit. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseBundle } from '@countersign/verifier/proof'

const bundles = join(process.argv[2] ?? '', 'log/tile/entries')
const LEAF = Buffer.of(0)
let entries = 0

for (const name of readdirSync(bundles, { recursive: true, encoding: 'utf8' })) {
  if (!/\d{3}$|\.p\/\d+$/.test(name)) continue
  for (const entry of parseBundle(readBundle(join(bundles, name)))) {
    JSON.parse(Buffer.from(entry.buffer, entry.byteOffset, entry.length).toString())
    createHash('sha256').update(LEAF).update(entry).digest()
    entries++
  }
}
console.log(JSON.stringify({ entries }))

/** Empty for what is a folder of further bundles. */
function readBundle(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch {
    return new Uint8Array()
  }
}

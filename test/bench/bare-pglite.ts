/**
 * The least that opens an embedded database: PGlite, and one statement. A yardstick, not a product.
 *
 * In: DATA_DIR. Out: an empty document on standard output, once the statement has run. It
 * stays until SIGTERM.
 */
import { PGlite } from '@electric-sql/pglite'

const database = await PGlite.create(process.env['DATA_DIR'] ?? '')
await database.query('select')
process.once('SIGTERM', () => database.close().finally(() => process.exit()))
setInterval(() => {}, 1 << 30)
console.log('{}')

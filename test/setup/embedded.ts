/** An embedded database of its own for a test: a copy of what the build created, since creation takes seconds. */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabaseFiles } from '../../src/node/open-embedded.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { connectPglite } from '../../src/store/driver/pglite.ts'

export async function embeddedDatabase(): Promise<Database> {
  const home = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  const folder = join(home, 'pglite')
  await createDatabaseFiles(folder)
  const database = await connectPglite(folder)
  return { ...database, close: () => database.close().finally(() => rm(home, { recursive: true, force: true })) }
}

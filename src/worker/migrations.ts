/**
 * The migrations, bundled as text: a Worker has no folder to read.
 *
 * Out: the files of `drizzle/`, in order. A new migration needs its two lines here.
 */
import tables from '../../drizzle/0000_tables.sql'
import appendOnly from '../../drizzle/0001_append_only.sql'
import type { Migration } from '../store/driver/migrate.ts'

export const migrations: readonly Migration[] = [
  { tag: '0000_tables', sql: tables },
  { tag: '0001_append_only', sql: appendOnly },
]

/**
 * The migrations, bundled as text: a Worker has no folder to read.
 *
 * Out: what `drizzle/` holds, in order. A new migration gets its two lines here.
 */
import tables from '../../drizzle/0000_tables.sql'
import appendOnly from '../../drizzle/0001_append_only.sql'
import log from '../../drizzle/0002_log.sql'
import logAppendOnly from '../../drizzle/0003_log_append_only.sql'
import words from '../../drizzle/0004_words.sql'
import control from '../../drizzle/0005_control.sql'
import controlAppendOnly from '../../drizzle/0006_control_append_only.sql'
import notify from '../../drizzle/0007_notify.sql'
import usage from '../../drizzle/0008_usage.sql'
import type { Migration } from '../store/driver/migrate.ts'

export const migrations: readonly Migration[] = [
  { tag: '0000_tables', sql: tables },
  { tag: '0001_append_only', sql: appendOnly },
  { tag: '0002_log', sql: log },
  { tag: '0003_log_append_only', sql: logAppendOnly },
  { tag: '0004_words', sql: words },
  { tag: '0005_control', sql: control },
  { tag: '0006_control_append_only', sql: controlAppendOnly },
  { tag: '0007_notify', sql: notify },
  { tag: '0008_usage', sql: usage },
]

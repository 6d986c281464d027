/** SQL past the authority, as an operator with access to its database has it. Only for an authority on PostgreSQL. */
import postgres from 'postgres'
import type { TestAuthority } from '../setup/authority.ts'

type Row = Readonly<Record<string, unknown>>

export async function asDatabaseOwner<T = readonly Row[]>(
  { databaseUrl }: Pick<TestAuthority, 'databaseUrl'>,
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> {
  if (databaseUrl === null) throw new Error('This authority is not on PostgreSQL')
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

/** Every row of every table, so that two moments can be compared. */
export const everything = (authority: Pick<TestAuthority, 'databaseUrl'>): Promise<Readonly<Record<string, string>>> =>
  asDatabaseOwner(authority, async (sql) => {
    const tables = await sql<{ name: string }[]>`
      SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`
    const contents: Record<string, string> = {}
    for (const { name } of tables) {
      const rows = await sql`SELECT t::text AS row FROM ${sql(name)} AS t ORDER BY 1`
      contents[name] = rows.map(({ row }) => row).join('\n')
    }
    return contents
  })

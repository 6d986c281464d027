/** An authority for one test file, with one agent, one executor and the first admin. */
import { afterAll } from 'vitest'
import type { CatalogueEntry } from '../../src/domain/identity/parties.ts'
import { addAgent, addExecutor, enrolFirstAdmin, FORUM, startAuthority } from './authority.ts'

interface Parties {
  readonly agent?: string
  readonly principals?: string[]
  readonly audience?: string
  readonly catalogue?: readonly CatalogueEntry[]
}

export async function startParties({
  agent = 'helpdesk-agent',
  principals,
  audience = FORUM,
  catalogue,
}: Parties = {}) {
  const authority = await startAuthority()
  afterAll(() => authority.stop())
  const credential = await addAgent(authority, agent, { executors: [audience], ...(principals && { principals }) })
  const executor = await addExecutor(authority, audience, catalogue)
  return { authority, credential, executor, admin: await enrolFirstAdmin(authority) }
}

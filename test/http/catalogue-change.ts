/** A catalogue that is edited, and edited back, by the approved change that it is: a row that SQL changed proves nothing. */
import { parseJson } from '@countersign/verifier'
import { administer, CATALOGUE, FORUM, mustSucceed } from '../setup/authority.ts'
import type { Cast } from './cast.ts'

/** While the forum offers other actions than those that were asked for. */
export async function whileForumOffersOthers(cast: Cast, work: () => Promise<void>): Promise<void> {
  await offerAtForum(cast, [{ name: 'forum.archive', effect: 'write', reversible: true }])
  await work()
  await offerAtForum(cast, CATALOGUE)
}

async function offerAtForum({ authority, ada }: Cast, catalogue: typeof CATALOGUE): Promise<void> {
  const { executors } = mustSucceed(await authority.operator.call('listExecutors'))
  const version = executors.find(({ audience }) => audience === FORUM)?.version ?? null
  await administer(authority, ada, {
    name: 'countersign.executor.update',
    resource: `executor:${FORUM}`,
    arguments: { audience: FORUM, version, catalogue: parseJson(JSON.stringify(catalogue)) },
  })
}

/** All tools of a server, page by page. */
import type { JsonObject } from '@countersign/verifier'
import { type RpcError, textIn } from '../message/json-rpc.ts'
import { type Tool, toolsIn } from './tool-entry.ts'
import type { Upstream } from './upstream.ts'

const MAX_PAGES = 50

export type Listed = { readonly tools: ReadonlyMap<string, Tool> } | { readonly error: RpcError }

/** By name. `era`: the members of a request that say which protocol it is. */
export async function listAll(
  upstream: Pick<Upstream, 'request'>,
  era: JsonObject,
  signal?: AbortSignal,
): Promise<Listed> {
  const found = new Map<string, Tool>()
  let cursor: string | undefined
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const params = { ...era, ...(cursor === undefined ? {} : { cursor }) }
    const outcome = await upstream.request('tools/list', params, { signal })
    if ('error' in outcome) return outcome
    for (const tool of await toolsIn(outcome.result)) found.set(tool.name, tool)
    cursor = textIn(outcome.result, 'nextCursor')
    if (cursor === undefined) break
  }
  return { tools: found }
}

/**
 * The tools of one server as a session knows them: those in force, by name. A tool whose description nobody approved is
 * in quarantine: it is not listed, and not called.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { objectIn } from '../message/json-rpc.ts'
import { listAll } from '../upstream/list-tools.ts'
import type { PublishedTools } from '../upstream/published-tools.ts'
import { actionName, type Tool, toolsIn } from '../upstream/tool-entry.ts'
import type { Upstream } from '../upstream/upstream.ts'

export interface SessionTools {
  /** Notes what a list of the server says, and gives the tools of it that are in force. */
  readonly take: (result: JsonObject) => Promise<readonly Tool[]>
  /** The tool under this name, in force; undefined where there is none. `meta` goes along with a list that has to be read. */
  readonly find: (name: string, meta: JsonObject) => Promise<Tool | undefined>
  /** Whether the server need not be asked about it. */
  readonly knows: (name: string) => boolean
  /** Why the server did not list its tools when it was asked last. */
  readonly trouble: () => string | undefined
  /** Whether the tool is still as it was, as far as is known: a server that was started again is asked. */
  readonly isKnown: (tool: Tool, meta: JsonObject) => Promise<boolean>
  /** Whether the server still describes the tool as it did, now, and that is in force. */
  readonly isStill: (tool: Tool, meta: JsonObject) => Promise<boolean>
  /** The server says that its tools have changed: nothing that was known of them counts. */
  readonly forget: () => void
}

export function createSessionTools(
  upstream: Pick<Upstream, 'name' | 'request'>,
  published: PublishedTools,
): SessionTools {
  let known: ReadonlyMap<string, Tool> | undefined
  let trouble: string | undefined

  const isInForce = ({ name, pin }: Tool, since?: number): Promise<boolean> =>
    published.isInForce({ name: actionName(upstream.name, name), pin }, since)

  async function take(result: JsonObject): Promise<readonly Tool[]> {
    const tools = await toolsIn(result)
    known = new Map([...(known ?? []), ...tools.map((tool) => [tool.name, tool] as const)])
    const checked = await Promise.all(tools.map(async (tool) => ((await isInForce(tool)) ? [tool] : [])))
    return checked.flat()
  }

  async function list(meta: JsonObject): Promise<void> {
    const listed = await listAll(upstream, meta)
    known = 'tools' in listed ? listed.tools : undefined
    trouble = 'error' in listed ? listed.error.message : undefined
  }

  const isKnown: SessionTools['isKnown'] = async ({ name, pin }, meta) => (await find(name, meta))?.pin === pin

  async function find(name: string, meta: JsonObject): Promise<Tool | undefined> {
    if (!known?.has(name)) await list(meta)
    const tool = known?.get(name)
    return tool && (await isInForce(tool)) ? tool : undefined
  }

  return {
    take,
    find,
    knows: (name) => known?.has(name) === true,
    trouble: () => trouble,
    isKnown,
    async isStill(tool, meta) {
      known = undefined
      const [isThere, isApproved] = await Promise.all([isKnown(tool, meta), isInForce(tool, performance.now())])
      return isThere && isApproved
    },
    forget: () => {
      known = undefined
    },
  }
}

/** The parts of `_meta` that say which protocol and which client it is: a list of the gateway's own needs them too. */
export function eraOf(params: JsonObject): JsonObject {
  const entries = Object.entries(objectIn(params, '_meta')).filter(([name]) => name.startsWith(ERA_PREFIX))
  const era = Object.fromEntries(entries.filter(([name]) => ERA.has(name.slice(ERA_PREFIX.length))))
  return isJsonObject(era) && Object.keys(era).length > 0 ? { _meta: era } : {}
}

const ERA_PREFIX = 'io.modelcontextprotocol/'
const ERA = new Set(['protocolVersion', 'clientInfo', 'clientCapabilities'])

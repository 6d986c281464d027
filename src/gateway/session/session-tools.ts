/**
 * The tools of one server as a session knows them: those in force, by name. A tool whose description nobody approved is
 * in quarantine: it is not listed, and not called.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { objectIn } from '../message/json-rpc.ts'
import { wordsOf } from '../message/quoted.ts'
import { listAll } from '../upstream/list-tools.ts'
import type { PublishedTools } from '../upstream/published-tools.ts'
import { actionName, type Tool, toolsIn } from '../upstream/tool-entry.ts'
import type { Upstream } from '../upstream/upstream.ts'

export interface SessionTools {
  /** A list of the server begins: its turn. */
  readonly begin: () => number
  /** Notes what a list says that began in this turn, and gives the tools of it that are in force. */
  readonly take: (result: JsonObject, turn: number) => Promise<readonly Tool[]>
  /** The tool under this name, in force; undefined where there is none. `meta` goes along with a list that has to be read. */
  readonly find: (name: string, meta: JsonObject) => Promise<Tool | undefined>
  /** Whether the server need not be asked about it. */
  readonly knows: (name: string) => boolean
  /** Why the tools of the server are not known, where it was asked. */
  readonly trouble: () => string | undefined
  /** Whether the tool is still as it was, as far as is known: a server that was started again is asked. */
  readonly isKnown: (tool: Tool, meta: JsonObject) => Promise<boolean>
  /** Whether the server still describes the tool as it did, now, and that is in force. */
  readonly isStill: (tool: Tool, meta: JsonObject) => Promise<boolean>
  /** The server says that its tools have changed: nothing that was known of them counts, nor a list that began before. */
  readonly forget: () => void
}

interface Known {
  readonly tool: Tool
  /** Of the list that has it. */
  readonly turn: number
}

/** Lists of a server that changes its tools whenever they are listed. */
const MAX_LISTS = 3

export function createSessionTools(
  upstream: Pick<Upstream, 'name' | 'request'>,
  published: PublishedTools,
): SessionTools {
  const known = new Map<string, Known>()
  /** Counts lists and changes. */
  let turns = 0
  let changedIn = 0
  let trouble: string | undefined

  const begin = () => ++turns

  const isInForce = ({ name, pin }: Tool, since?: number): Promise<boolean> =>
    published.isInForce({ name: actionName(upstream.name, name), pin }, since)

  function note(tools: Iterable<Tool>, turn: number): void {
    if (turn < changedIn) return
    for (const tool of tools) if (turn > (known.get(tool.name)?.turn ?? 0)) known.set(tool.name, { tool, turn })
  }

  async function take(result: JsonObject, turn: number): Promise<readonly Tool[]> {
    const tools = await toolsIn(result)
    note(tools, turn)
    const checked = await Promise.all(tools.map(async (tool) => ((await isInForce(tool)) ? [tool] : [])))
    return checked.flat()
  }

  /** Whether the list still counts once it is here. */
  async function list(meta: JsonObject): Promise<boolean> {
    const turn = begin()
    const listed = await listAll(upstream, meta)
    trouble = 'error' in listed ? `The server ${upstream.name} does not list its tools. ${wordsOf(listed)}` : undefined
    for (const [name, one] of known) if (one.turn < turn) known.delete(name)
    if ('tools' in listed) note(listed.tools.values(), turn)
    return turn > changedIn
  }

  /** As a list has it that began after this turn. */
  async function find(name: string, meta: JsonObject, after = 0): Promise<Tool | undefined> {
    for (let lists = 0; ; ) {
      const one = known.get(name)
      if (one && one.turn > after) {
        if (!(await isInForce(one.tool))) return undefined
        if (known.get(name) === one) return one.tool
      } else if (lists++ === MAX_LISTS) break
      else if ((await list(meta)) && !known.has(name)) return undefined
    }
    trouble = `The server ${upstream.name} changed its tools each time that they were listed.`
    return undefined
  }

  const isKnown = async ({ name, pin }: Tool, meta: JsonObject, after?: number): Promise<boolean> =>
    (await find(name, meta, after))?.pin === pin

  return {
    begin,
    take,
    find: (name, meta) => find(name, meta),
    knows: (name) => known.has(name),
    trouble: () => trouble,
    isKnown: (tool, meta) => isKnown(tool, meta),
    async isStill(tool, meta) {
      const [isThere, isApproved] = await Promise.all([isKnown(tool, meta, turns), isInForce(tool, performance.now())])
      return isThere && isApproved
    },
    forget() {
      known.clear()
      changedIn = begin()
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

/** Asks a server for its tools, as a client of the gateway's own: for the catalogue that people approve. */
import { isDeepStrictEqual } from 'node:util'
import { type Digest, digestOf, type JsonObject } from '@countersign/verifier'
import type { OpenChannel } from '../channel/message-channel.ts'
import { createRoom } from '../channel/room.ts'
import { WrongConfig } from '../config/config-errors.ts'
import type { ToolRules } from '../config/tool-rules.ts'
import { CODES, failed, objectIn, type RpcError, type Unreadable } from '../message/json-rpc.ts'
import type { JudgedMethod } from '../message/methods.ts'
import { listAll } from './list-tools.ts'
import { methodEntry, methodsOf } from './method-entry.ts'
import { entryOf, type Offer, shortened, type Tool, type ToolEntry } from './tool-entry.ts'
import { openUpstream, type Upstream } from './upstream.ts'

interface Offering {
  readonly name: string
  readonly rules: ToolRules
  readonly open: OpenChannel
  readonly dropped: (fault: Unreadable) => void
}

const CLIENT = { name: 'countersign', version: '1' }
const LEGACY = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: CLIENT }
const MODERN = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': CLIENT,
    'io.modelcontextprotocol/clientCapabilities': {},
  },
}
const TIMEOUT_MS = 30_000
/** In characters: as much as an entry can hold. */
const MAX_DEFINITION = 16_384
/** How long a server may be silent in one protocol after it has answered in the other. */
const PATIENCE_MS = 5000

/**
 * Both protocols are asked, one after the other: a server can offer other tools in each, and be there once. Throws
 * `WrongConfig` where it answers in none.
 */
export async function readOffer(offering: Offering): Promise<Offer> {
  const first = await readAll(offering, initialize, TIMEOUT_MS)
  const second = await readAll(offering, discover, 'tools' in first ? PATIENCE_MS : TIMEOUT_MS)
  const found = [first, second].flatMap((offered) => ('tools' in offered ? [offered] : []))
  if (found.length === 0) throw new WrongConfig(`upstreams.${offering.name}: ${whyNot([first, second])}`)
  const byName = new Map<string, readonly Tool[]>()
  for (const tool of found.flatMap(({ tools }) => [...tools.values()]))
    byName.set(tool.name, [...(byName.get(tool.name) ?? []).filter(({ pin }) => pin !== tool.pin), tool])
  const methods = [...new Set(found.flatMap((offered) => offered.methods))]
  return { listed: found.map(({ tools }) => tools), ...(await united(offering, [...byName.values()], methods)) }
}

/** A server in one protocol. */
type Offered =
  | { readonly tools: ReadonlyMap<string, Tool>; readonly methods: readonly JudgedMethod[] }
  | { readonly error: RpcError }

const whyNot = (all: readonly Offered[]): string =>
  [...new Set(all.flatMap((offered) => ('error' in offered ? [offered.error.message] : [])))].join(' ')

interface Begun {
  /** The members of a request that say which protocol it is. */
  readonly era: JsonObject
  readonly capabilities: JsonObject
}

type Begin = (upstream: Upstream, signal: AbortSignal) => Promise<Begun | { readonly error: RpcError }>

/** On a connection of its own: a server can settle for the protocol of the first message. */
async function readAll({ name, open, dropped }: Offering, begin: Begin, timeoutMs: number): Promise<Offered> {
  const upstream: Upstream = openUpstream(name, open, {
    called: (id) => upstream.answer(id, failed(CODES.unknownMethod, 'Only the tools are read.')),
    notified: () => {},
    answered: () => {},
    room: createRoom(1),
    dropped,
    ended: () => {},
  })
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const begun = await begin(upstream, signal)
    if ('error' in begun) return begun
    const listed = await listAll(upstream, begun.era, signal)
    return 'error' in listed ? listed : { ...listed, methods: methodsOf(begun.capabilities, begun.era === MODERN) }
  } finally {
    upstream.close()
  }
}

const initialize: Begin = async (upstream, signal) => {
  const outcome = await upstream.request('initialize', LEGACY, { signal })
  if ('error' in outcome) return outcome
  upstream.notify('notifications/initialized', {})
  return { era: {}, capabilities: objectIn(outcome.result, 'capabilities') }
}

const discover: Begin = async (upstream, signal) => {
  const outcome = await upstream.request('server/discover', MODERN, { signal })
  return 'error' in outcome ? outcome : { era: MODERN, capabilities: objectIn(outcome.result, 'capabilities') }
}

async function united(
  { name, rules }: Offering,
  tools: readonly (readonly Tool[])[],
  methods: readonly JudgedMethod[],
): Promise<Omit<Offer, 'listed'>> {
  const all = tools.map(async (versions) => {
    const entries = versions.map((tool) => entryOf(name, tool, rules))
    const pins = entries.map(({ pin }) => pin).sort()
    const pin = await digestOf({ typ: 'countersign/mcp-tool-versions/v1', pins })
    return { entry: entries.reduce((one, other) => both(one, other, pin)), pin, pins }
  })
  // Nobody could read the others whole before they are in force.
  const found = (await Promise.all(all)).filter(({ entry }) => (entry.definition ?? '').length <= MAX_DEFINITION)
  return {
    entries: [
      ...found.map(({ entry }) => entry),
      ...(await Promise.all(methods.map((method) => methodEntry(name, method, rules)))),
    ],
    versions: new Map(found.filter(({ pins }) => pins.length > 1).map(({ pin, pins }) => [pin, pins])),
  }
}

/** People see both, and the worse effect. Calls are checked where both have the same schema. */
function both(one: ToolEntry, other: ToolEntry, pin: Digest): ToolEntry {
  const { phrase, schema, ...rest } = one
  const isChecked = isDeepStrictEqual(schema, other.schema)
  const saidOf = ({ schema, definition }: ToolEntry) => [
    ...(isChecked || !schema ? [] : [JSON.stringify({ inputSchema: schema }, null, 2)]),
    ...(definition === undefined ? [] : [definition]),
  ]
  const descriptions = joined([one.description ?? '', other.description ?? ''])
  const description = shortened(descriptions)
  const isWhole = description === descriptions
  const definition = joined([isWhole ? '' : descriptions, saidOf(one).join('\n'), saidOf(other).join('\n')])
  const worse = SEVERITY.indexOf(other.effect) > SEVERITY.indexOf(one.effect) ? other : one
  return {
    ...rest,
    ...(isChecked && schema && phrase !== undefined && { phrase, schema }),
    effect: worse.effect,
    ...(description === '' ? {} : { description }),
    ...(definition === '' ? {} : { definition }),
    pin,
  }
}

const joined = (texts: readonly string[]): string =>
  [...new Set(texts)].filter((text) => text !== '').join('\n\nIn another protocol: ')

const SEVERITY: readonly ToolEntry['effect'][] = ['read', 'write', 'destructive']

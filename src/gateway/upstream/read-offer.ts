/** Asks a server for its tools, as a client of the gateway's own: for the catalogue that people approve. */
import type { OpenChannel } from '../channel/message-channel.ts'
import { CODES, failed, type Outcome } from '../message/json-rpc.ts'
import { listAll } from './list-tools.ts'
import { CatalogueRefused } from './published-tools.ts'
import { entryOf, type ToolEntry, type ToolRules } from './tool-entry.ts'
import { openUpstream, type Upstream } from './upstream.ts'

interface Offering {
  readonly name: string
  readonly rules: ToolRules
  readonly open: OpenChannel
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

/** Throws `CatalogueRefused` where the server does not answer. */
export async function readOffer({ name, rules, open }: Offering): Promise<readonly ToolEntry[]> {
  const upstream: Upstream = openUpstream(name, open, {
    called: (id) => upstream.answer(id, failed(CODES.unknownMethod, 'Only the tools are read.')),
    notified: () => {},
    ended: () => {},
  })
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const era = await begin(upstream, signal)
    const tools = await listAll(upstream, era, signal)
    if (!tools) throw new CatalogueRefused(`${name} does not list its tools.`)
    return [...tools.values()].map((tool) => entryOf(name, tool, rules))
  } finally {
    upstream.close()
  }
}

/** A server of 2026-07-28 knows no `initialize`. */
async function begin(upstream: Upstream, signal: AbortSignal) {
  const initialized: Outcome = await upstream.request('initialize', LEGACY, { signal })
  if ('error' in initialized) return MODERN
  upstream.notify('notifications/initialized', {})
  return {}
}

/**
 * A gateway between a real client of the SDK and real servers, before a real authority: one agent, one approver with a
 * software passkey, and the way to speak JSON-RPC by hand.
 */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { openStdio } from '../../src/gateway/channel/stdio.ts'
import { type GatewayConfig, readConfig } from '../../src/gateway/config/gateway-config.ts'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import {
  addAgent,
  addExecutor,
  enrolBy,
  enrolFirstAdmin,
  mustSucceed,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'

export const AUDIENCE = 'https://files.example'
export const AGENT = 'helpdesk-agent'

export interface Ground {
  readonly authority: TestAuthority
  readonly ada: Person
  readonly ben: Person
  readonly gateway: Gateway
  readonly config: GatewayConfig
  readonly environment: Readonly<Record<string, string>>
  readonly lines: readonly string[]
  /** Another gateway of the same configuration: what a restart is. */
  readonly another: () => Promise<Gateway>
  /** Another one, that holds no client. */
  readonly impatient: () => Promise<Gateway>
  readonly stop: () => Promise<void>
}

type Upstreams = Readonly<Record<string, object>>

export const bin = (name: string) =>
  fileURLToPath(new URL(`../../node_modules/@modelcontextprotocol/${name}`, import.meta.url))

/** The filesystem server of the protocol's own project, over one folder. */
export const filesystem = (folder: string) => ({
  command: process.execPath,
  args: [bin('server-filesystem/dist/index.js'), folder],
  tools: {
    'read_*': 'read',
    'list_*': 'read',
    'get_*': 'read',
    search_files: 'read',
    directory_tree: 'read',
    write_file: {
      effect: 'write',
      resource: 'file:{path}',
      preview: { read: { tool: 'read_text_file', arguments: { path: '{path}' } }, after: 'content' },
    },
    edit_file: { effect: 'write', resource: 'file:{path}', preview: { dry_run: { arguments: { dryRun: true } } } },
    '*': 'write',
  },
})

/** `settings`: of the authority. */
export async function startGround(upstreams: Upstreams, more: object = {}, settings = {}): Promise<Ground> {
  const authority = await startAuthority({ settings })
  await authority.listen()
  const agentSecret = await addAgent(authority, AGENT)
  const executor = await addExecutor(authority, AUDIENCE, [])
  const ada = await enrolFirstAdmin(authority)
  const ben = await enrolBy(authority, ada, 'Ben Approver')
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  const challengeKey = join(folder, 'challenge-key.jwk')
  writeFileSync(challengeKey, JSON.stringify(executor.challengeKey))
  const config = readConfig(
    JSON.stringify({
      issuer: authority.config.origin,
      audience: AUDIENCE,
      credential: { env: 'GATEWAY_CREDENTIAL' },
      challenge_key: challengeKey,
      state_dir: join(folder, 'state'),
      agents: { [AGENT]: { credential: { env: 'AGENT_CREDENTIAL' } } },
      upstreams,
      ...more,
    }),
  )
  const environment = { GATEWAY_CREDENTIAL: executor.credential, AGENT_CREDENTIAL: agentSecret }
  const lines: string[] = []
  const withConfig = (changed: GatewayConfig) =>
    createGateway(changed, { environment, log: (line) => void lines.push(line) })
  const another = () => withConfig(config)
  const impatient = () => withConfig({ ...config, hold_seconds: 0 })
  const gateway = await another()
  const stop = async () => {
    await gateway.close()
    await authority.stop()
  }
  return { authority, ada, ben, gateway, config, environment, lines, another, impatient, stop }
}

/** Publishes the tools, and has them approved. */
export async function approveTools({ gateway, ada }: Pick<Ground, 'gateway' | 'ada'>): Promise<void> {
  const publication = await gateway.publish()
  if (publication) mustSucceed(await ada.consent(idIn(publication.approvalUri)))
}

/** The request that a page of the authority is about. */
export const idIn = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? ''

/** Opens a session of the gateway; the streams of its client. */
export function openSession({ gateway }: Pick<Ground, 'gateway'>) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const agent = gateway.agents.get(AGENT)
  if (!agent) throw new Error('There is no such agent')
  const session = gateway.open(agent, openStdio(input, output), () => {})
  return { input, output, session }
}

/** Options of a call that is held while it waits: its client sees the link as progress. */
export const HELD = { onprogress: () => {} }

/** The client of the SDK, connected through the gateway. */
export async function connectClient(ground: Pick<Ground, 'gateway'>, capabilities: object = {}): Promise<Client> {
  const { input, output } = openSession(ground)
  const client = new Client({ name: 'test-client', version: '1.0.0' }, { capabilities })
  await client.connect(new StdioServerTransport(output, input))
  return client
}

/** The requests that wait for people. */
export const waiting = async ({ ben }: Pick<Ground, 'ben'>) => mustSucceed(await ben.page.call('inbox')).requests

/** The only one, as soon as there is one. */
export const nextRequest = (ground: Pick<Ground, 'ben'>) =>
  waitFor(async () => {
    const [request, ...others] = await waiting(ground)
    if (!request || others.length > 0) throw new Error(`${others.length + (request ? 1 : 0)} requests wait`)
    return request
  })

/** How often a server has written this line; 0 before it has written any. */
export const countLines = (path: string, text: string): number =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line === text).length
    : 0

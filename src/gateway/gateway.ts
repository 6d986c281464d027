/**
 * The MCP gateway: stands between clients and servers, holds the secrets of the servers, and lets no call of a tool
 * through that policy or people have not allowed. Put together from a configuration. SPEC 14.
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type ChallengeKey, createVerifier, parseJson } from '@countersign/verifier'
import { live } from '@countersign/verifier/live'
import { createClient } from '../client/client.ts'
import { type HttpGateway, type HttpOptions, hashCredential, serveHttp } from './channel/http-server.ts'
import { openHttp } from './channel/http-upstream.ts'
import { keptFetch } from './channel/kept-fetch.ts'
import type { OpenChannel } from './channel/message-channel.ts'
import { createRoom } from './channel/room.ts'
import { openProcess } from './channel/stdio.ts'
import { checkAuthority } from './config/check-authority.ts'
import { WrongConfig } from './config/config-errors.ts'
import type { GatewayConfig, UpstreamConfig } from './config/gateway-config.ts'
import { readSecret, readValues } from './config/secret-values.ts'
import { createServerCredential } from './credential/server-credential.ts'
import { createAgentStanding } from './gate/agent-standing.ts'
import { quietly, tellTrouble } from './gate/authority-trouble.ts'
import { createFollowUps } from './gate/follow-ups.ts'
import { createGate } from './gate/gate.ts'
import type { GatewayAgent } from './gate/gateway-agent.ts'
import { createHeldCalls } from './gate/held-calls.ts'
import { createHeldTasks } from './gate/held-tasks.ts'
import { refusedRequest } from './gate/refused-call.ts'
import { createServerTasks } from './gate/server-tasks.ts'
import { previewFaults } from './preview/judge-preview.ts'
import { openSession, type Session } from './session/client-session.ts'
import type { ConfiguredUpstream, GatewayDeps } from './session/gateway-deps.ts'
import { createHeldFiles } from './state/held-files.ts'
import { createInstance, type Instance } from './state/instance.ts'
import { createRunJournal } from './state/run-journal.ts'
import { unusableFolder } from './state/state-file.ts'
import { createTaskFiles, type TaskFiles } from './state/task-files.ts'
import { countDropped } from './upstream/dropped-messages.ts'
import { createPublishedTools, type Publication } from './upstream/published-tools.ts'
import { readOffer } from './upstream/read-offer.ts'
import type { Offer, ToolEntry } from './upstream/tool-entry.ts'
import { createWaiting } from './waiting/dialects.ts'
import { createRequestStates } from './waiting/request-state.ts'

type Listening = Pick<HttpOptions, 'host' | 'port' | 'origins'>

export interface Gateway {
  /** Asks each server for its tools, and publishes them: an admin approves what is new or different. */
  readonly publish: () => Promise<Publication>
  readonly agents: ReadonlyMap<string, GatewayAgent>
  /** Serves clients on HTTP. */
  readonly listen: (at: Listening) => Promise<HttpGateway>
  readonly open: (agent: GatewayAgent, channel: OpenChannel, ended: () => void) => Session
  /** Ends all sessions, and waits until outcomes are reported. */
  readonly close: () => Promise<void>
}

export interface GatewayWorld {
  readonly environment: NodeJS.ProcessEnv
  /** For people who operate the gateway. */
  readonly log: (line: string) => void
  /** Asks the authority first whether it knows the executor, its key and the agents. */
  readonly isChecked?: boolean
}

/** Throws `WrongConfig` and, where it is checked, `AuthorityAway`. */
export async function createGateway(config: GatewayConfig, world: GatewayWorld): Promise<Gateway> {
  const { issuer, audience } = config
  const { environment, log } = world
  const credential = await readSecret('credential', config.credential, environment)
  const executor = createClient({ origin: issuer, credential, fetch: keptFetch })
  const challengeKey = await readChallengeKey(config.challenge_key)
  const secrets = await secretsOf(config, environment)
  const upstreams = await configuredAll(config, world)
  const instance = await openState(config, world)
  const agents = agentsOf(config, secrets, await createTaskFiles(instance, credential))
  if (world.isChecked)
    await checkAuthority({ audience, challengeKey, executor, agents: inUse(config, agents) }).catch(async (error) => {
      await instance.close()
      throw error
    })
  const stream = live()
  const closing = new AbortController()
  const { signal } = closing
  const journal = createRunJournal({
    ...{ instance, issuer, audience, credential, ended: 'GatewayEnded', send: fetch, signal },
  })
  const verifier = createVerifier({
    ...{ issuer, audience, credential, challengeKey, live: stream },
    fetch: (url, init = {}) => journal.fetch(String(url), init),
    acceptSelfApproval: config.accept_self_approval,
    onError: tellTrouble(issuer, log),
  })
  const waiting = createWaiting(config.hold_seconds * 1000, createRequestStates(credential))
  const files = await createHeldFiles(instance, signal)
  const gate = createGate({ audience, executor, verifier, live: stream, files, journal, waiting, signal })
  const tools = createPublishedTools(executor)
  const deps: GatewayDeps = { upstreams, tools, gate, log }
  const sessions = new Set<Session>()
  const open: Gateway['open'] = (agent, channel, ended) => {
    const session = openSession(deps, agent, channel, () => {
      sessions.delete(session)
      ended()
    })
    sessions.add(session)
    return session
  }
  return {
    agents,
    open,
    listen: (at) =>
      serveHttp({
        ...at,
        processes: Object.values(config.upstreams).filter((upstream) => 'command' in upstream).length,
        agents: new Map([...secrets].map(([id, secret]) => [hashCredential(secret), id])),
        roomOf: (id) => agents.get(id)?.room ?? createRoom(secrets.size),
        async check(id) {
          const problem = await agents.get(id)?.standing.check()
          return problem && refusedRequest(problem)
        },
        open(id, channel, ended) {
          const agent = agents.get(id)
          if (agent) open(agent, channel, ended)
        },
      }),
    publish: async () => tools.publish(await readOffers(upstreams, log)),
    async close() {
      for (const session of sessions) session.close()
      closing.abort()
      await journal.settled()
      await verifier.settled()
      stream.close()
      await instance.close()
    },
  }
}

/** One client on stdio is one agent; on HTTP each may call. */
function inUse({ agent, listen }: GatewayConfig, agents: ReadonlyMap<string, GatewayAgent>): GatewayAgent[] {
  return [...agents.values()].filter(({ id }) => listen !== undefined || agent === undefined || agent === id)
}

/** Throws `WrongConfig` where the folder cannot be used: without it the gateway would not know what it has run. */
async function openState({ state_dir }: GatewayConfig, { environment, log }: GatewayWorld): Promise<Instance> {
  const folder = resolve(state_dir ?? stateFolder(environment))
  const tell = quietly(log)
  const failed = (error: unknown) =>
    tell(`${unusableFolder(folder, error)} Until then no call runs that needs approval.`)
  try {
    return await createInstance({ folder, failed })
  } catch (error) {
    throw new WrongConfig(`state_dir: ${unusableFolder(folder, error)}`)
  }
}

/** Where software keeps its state, by the XDG base directories. */
const stateFolder = ({ XDG_STATE_HOME, HOME }: NodeJS.ProcessEnv): string =>
  join(XDG_STATE_HOME || join(HOME || homedir(), '.local', 'state'), 'countersign', 'mcp')

/** The tools of all servers as entries of a catalogue, without the authority. Throws `WrongConfig`, `CatalogueRefused`. */
export async function readTools(config: GatewayConfig, world: GatewayWorld): Promise<readonly ToolEntry[]> {
  const upstreams = await configuredAll(config, world)
  return (await readOffers(upstreams, world.log)).flatMap(({ entries }) => entries)
}

/** Logs each preview that the tools of its server do not allow. */
const readOffers = (upstreams: readonly ConfiguredUpstream[], log: GatewayWorld['log']): Promise<readonly Offer[]> =>
  Promise.all(
    upstreams.map(async (upstream) => {
      const offer = await readOffer(upstream)
      for (const fault of previewFaults(upstream, offer.listed)) log(fault)
      return offer
    }),
  )

const configuredAll = ({ upstreams }: GatewayConfig, { environment, log }: GatewayWorld) =>
  Promise.all(Object.entries(upstreams).map(([name, upstream]) => configured(name, upstream, environment, log)))

async function readChallengeKey(file: string): Promise<ChallengeKey> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new WrongConfig(`challenge_key: ${file} cannot be read. ${NEW_KEY}`)
  })
  try {
    const key = parseJson(text)
    if (isChallengeKey(key)) return key
  } catch {
    // The content of the file is a secret.
  }
  throw new WrongConfig(`challenge_key: ${file} is no private JWK with kid and alg. ${NEW_KEY}`)
}

const NEW_KEY = 'countersign executor edit with --generate-challenge-key FILE makes one.'

const isChallengeKey = (key: unknown): key is ChallengeKey =>
  typeof key === 'object' && key !== null && 'kid' in key && 'alg' in key && 'd' in key

async function secretsOf({ agents }: GatewayConfig, environment: NodeJS.ProcessEnv): Promise<Map<string, string>> {
  const pairs = Object.entries(agents).map(
    async ([id, { credential }]) => [id, await readSecret(`agents.${id}.credential`, credential, environment)] as const,
  )
  return new Map(await Promise.all(pairs))
}

const agentsOf = (
  { issuer, audience }: GatewayConfig,
  secrets: ReadonlyMap<string, string>,
  files: TaskFiles,
): ReadonlyMap<string, GatewayAgent> =>
  new Map(
    [...secrets].map(([id, credential]) => {
      const authority = createClient({ origin: issuer, credential, fetch: keptFetch })
      const credentialHash = hashCredential(credential)
      const standing = createAgentStanding(id, authority, audience)
      const room = createRoom(secrets.size)
      const calls = { held: createHeldCalls(), tasks: createHeldTasks(id, files), followUps: createFollowUps() }
      return [
        id,
        { id, audience, credentialHash, authority, standing, room, ...calls, serverTasks: createServerTasks() },
      ]
    }),
  )

async function configured(
  name: string,
  upstream: UpstreamConfig,
  environment: NodeJS.ProcessEnv,
  log: GatewayWorld['log'],
): Promise<ConfiguredUpstream> {
  const { tools: rules = {}, untrusted_results: isUntrusted } = upstream
  const dropped = countDropped(name, log)
  if (!('command' in upstream)) {
    const headers = await readValues(`upstreams.${name}.headers`, upstream.headers, environment)
    const credential = await createServerCredential(name, upstream, { environment, log })
    return { name, rules, isUntrusted, dropped, credential, open: openHttp({ url: upstream.url, headers, credential }) }
  }
  const { command, args = [], cwd } = upstream
  const env = await readValues(`upstreams.${name}.env`, upstream.env, environment)
  const said = (line: string) => log(`${name}: ${line}`)
  return { name, rules, isUntrusted, dropped, open: openProcess({ command, args, env, cwd }, said) }
}

/**
 * Sets the stage: an authority of its own in a temporary folder, three executors registered at it, an agent for each, and
 * a first admin.
 *
 * In: ports, the person who will be asked. Out: all that runs, and a function that ends it.
 * Agents, executors and an auditor are registered before there is an admin, as the operator may; the admin is shown them
 * at enrolment. SPEC 10.
 */
import { type ChallengeKey, type JsonObject, jwkThumbprint, newSalt } from '@countersign/verifier'
import { httpSource } from '../audit/log/source.ts'
import { failureOf } from '../cli/exit.ts'
import { now } from '../cli/terminal/time.ts'
import { sleep } from '../client/agent/sleep.ts'
import { type Client, createClient } from '../client/client.ts'
import type { Approver } from './approver.ts'
import { type DemoAuthority, startDemoAuthority } from './demo-authority.ts'
import { FILES_AGENT, FILES_AUDIENCE, type FilesGateway, prepareFiles } from './files-gateway.ts'
import { startForum } from './forum.ts'
import { CATALOGUE as FORUM_CATALOGUE } from './forum-actions.ts'
import type { RunningExecutor } from './listen.ts'
import { startMailbox } from './mailbox.ts'
import { CATALOGUE as MAILBOX_CATALOGUE } from './mailbox-actions.ts'

export const AUDIENCE = 'https://forum.example'
export const MAILBOX_AUDIENCE = 'https://mail.example'
/** The services for which the agents act. */
const AGENTS = { helpdesk: 'helpdesk-agent', office: 'mail-agent', editor: FILES_AGENT }
const AUDITOR = 'revision'

/** The secrets of an executor. */
export interface ExecutorKeys {
  readonly executorCredential: string
  readonly challengeKey: ChallengeKey
}

export interface Cast extends ExecutorKeys {
  readonly authority: DemoAuthority
  readonly forum: RunningExecutor
  readonly agentCredential: string
  readonly mailbox: RunningExecutor & ExecutorKeys & { readonly agentCredential: string }
  /** Undefined where its story is not told. */
  readonly files: (FilesGateway & ExecutorKeys & { readonly agentCredential: string }) | undefined
  /** Reads the ledger. */
  readonly auditorCredential: string
  /** The key that signs the ledger's checkpoints. */
  readonly logVkey: string
  readonly stop: () => Promise<void>
}

export interface CastOptions {
  /** 0 for free ones. */
  readonly port: number
  readonly forumPort: number
  readonly mailboxPort: number
  /** Puts the gateway on stage, too. */
  readonly withFiles: boolean
  /** Between the deletion of one mail and the next. */
  readonly pauseMs: number
  /** An empty PostgreSQL database; default one of the demo's own. */
  readonly databaseUrl?: string
}

export async function assemble({ databaseUrl, port, ...options }: CastOptions): Promise<Cast> {
  const authority = await startDemoAuthority(port, databaseUrl)
  const running: (() => unknown)[] = [authority.stop]
  const stop = async () => {
    for (const end of running.splice(0).reverse()) await end()
  }
  try {
    const operator = createClient({ origin: authority.origin, credential: authority.operatorCredential })
    const forumKeys = await addExecutor(operator, AUDIENCE, 'The company forum', FORUM_CATALOGUE)
    const mailboxKeys = await addExecutor(operator, MAILBOX_AUDIENCE, 'The team’s mailbox', MAILBOX_CATALOGUE)
    const agentCredential = await addAgent(operator, 'helpdesk', AUDIENCE)
    const mailAgentCredential = await addAgent(operator, 'office', MAILBOX_AUDIENCE)
    const files = options.withFiles ? await startFiles(operator, authority, running) : undefined
    const auditorCredential = await register(operator, 'countersign.credential.add', `credential:auditor:${AUDITOR}`, {
      kind: 'auditor',
      subject: AUDITOR,
    })
    const logVkey = await logKeyOf(authority.origin)
    const forum = await startForum({ ...trust(authority, AUDIENCE, forumKeys), port: options.forumPort })
    running.push(forum.stop)
    const box = await startMailbox({
      ...trust(authority, MAILBOX_AUDIENCE, mailboxKeys),
      port: options.mailboxPort,
      pauseMs: options.pauseMs,
    })
    running.push(box.stop)
    const mailbox = { ...box, ...mailboxKeys, agentCredential: mailAgentCredential }
    return { authority, forum, mailbox, files, agentCredential, ...forumKeys, auditorCredential, logVkey, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

async function startFiles(operator: Client, { origin }: DemoAuthority, running: (() => unknown)[]) {
  const prepared = await prepareFiles(origin)
  running.push(prepared.remove)
  const keys = await addExecutor(operator, FILES_AUDIENCE, 'The shop’s files', prepared.catalogue)
  const agentCredential = await addAgent(operator, 'editor', FILES_AUDIENCE)
  const gateway = await prepared.start({ ...keys, agentCredential })
  running.push(gateway.stop)
  return { ...gateway, ...keys, agentCredential }
}

const trust = ({ origin }: DemoAuthority, audience: string, { executorCredential, challengeKey }: ExecutorKeys) => ({
  issuer: origin,
  audience,
  credential: executorCredential,
  challengeKey,
})

async function addExecutor(
  operator: Client,
  audience: string,
  title: string,
  catalogue: readonly JsonObject[],
): Promise<ExecutorKeys> {
  const { publicJwk, challengeKey } = await newChallengeKey()
  const executorCredential = await register(operator, 'countersign.executor.add', `executor:${audience}`, {
    audience,
    title,
    catalogue: [...catalogue],
    challenge_keys: [publicJwk],
  })
  return { executorCredential, challengeKey }
}

function addAgent(operator: Client, principal: keyof typeof AGENTS, executor: string): Promise<string> {
  const id = AGENTS[principal]
  return register(operator, 'countersign.agent.add', `agent:${id}`, {
    id,
    principals: [principal],
    executors: [executor],
  })
}

/** Carries out a change as the operator may before the first admin, and returns the credential it made. */
async function register(operator: Client, name: string, resource: string, args: JsonObject): Promise<string> {
  const action = { name, resource, arguments: { ...args }, salt: newSalt() }
  const done = await operator.call('administer', { body: { action } })
  if (!done.ok) throw failureOf(done.problem)
  return done.value.credential ?? ''
}

/** As the authority's metadata names it: in the story, auditor and authority are on one machine. */
async function logKeyOf(origin: string): Promise<string> {
  const said = await httpSource({ url: origin, fetch }).metadata()
  if (said === null) throw new TypeError('The authority names no log.')
  return said.vkey
}

async function newChallengeKey(): Promise<{ publicJwk: JsonObject; challengeKey: ChallengeKey }> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { x = '', y = '', d = '' } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  const jwk = { kty: 'EC', crv: 'P-256', x, y } as const
  const publicJwk = { ...jwk, kid: await jwkThumbprint(jwk), alg: 'ES256' } as const
  return { publicJwk, challengeKey: { ...publicJwk, d } }
}

const POLL_MS = 500
/** As the authority's own limit for its first link. */
const LINK_LIFE_SECONDS = 900

/** Resolves once the first admin has enrolled. */
export async function enrolFirstAdmin({ authority }: Cast, approver: Approver, signal: AbortSignal): Promise<void> {
  const operator = createClient({ origin: authority.origin, credential: authority.operatorCredential })
  const settled = new AbortController()
  try {
    await approver.enrol(authority.enrolmentLink, now() + LINK_LIFE_SECONDS, settled.signal)
    for (;;) {
      const listed = await operator.call('listApprovers', { signal })
      if (!listed.ok) throw failureOf(listed.problem)
      if (listed.value.approvers.some(({ roles }) => roles.includes('admin'))) return
      await sleep(POLL_MS, signal)
    }
  } finally {
    settled.abort()
  }
}

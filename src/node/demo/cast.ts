/**
 * Sets the stage: an authority of its own in a temporary folder, a forum registered at it, an agent, and a first admin.
 *
 * In: ports, the person who will be asked. Out: everything that runs, and how to end it.
 * The agent, the forum and an auditor are registered before there is an admin, as the operator may; the admin is shown them at
 * enrolment. DESIGN 10.
 */
import { type ChallengeKey, type JsonObject, jwkThumbprint, newSalt } from '@countersign/verifier'
import { httpSource } from '../../audit/source.ts'
import { type Client, createClient } from '../../client/client.ts'
import { sleep } from '../../client/sleep.ts'
import { failureOf } from '../cli/exit.ts'
import { now } from '../cli/time.ts'
import type { Approver } from './approver.ts'
import { type DemoAuthority, startDemoAuthority } from './demo-authority.ts'
import { type Forum, startForum } from './forum.ts'
import { CATALOGUE } from './forum-actions.ts'

export const AUDIENCE = 'https://forum.example'
export const AGENT = 'helpdesk-agent'
/** The service for which the agent acts. */
const PRINCIPAL = 'helpdesk'
const AUDITOR = 'revision'

export interface Cast {
  readonly authority: DemoAuthority
  readonly forum: Forum
  readonly agentCredential: string
  readonly executorCredential: string
  /** Reads the ledger. */
  readonly auditorCredential: string
  /** The key that signs the ledger's checkpoints. */
  readonly logVkey: string
  /** The forum's private key. */
  readonly challengeKey: ChallengeKey
  readonly stop: () => Promise<void>
}

export interface CastOptions {
  /** 0 for free ones. */
  readonly port: number
  readonly forumPort: number
}

export async function assemble({ port, forumPort }: CastOptions): Promise<Cast> {
  const authority = await startDemoAuthority(port)
  try {
    const operator = createClient({ origin: authority.origin, credential: authority.operatorCredential })
    const { publicJwk, challengeKey } = await newChallengeKey()
    const executorCredential = await register(operator, 'countersign.executor.add', `executor:${AUDIENCE}`, {
      audience: AUDIENCE,
      title: 'The company forum',
      catalogue: [...CATALOGUE],
      challenge_keys: [publicJwk],
    })
    const agentCredential = await register(operator, 'countersign.agent.add', `agent:${AGENT}`, {
      id: AGENT,
      principals: [PRINCIPAL],
    })
    const auditorCredential = await register(operator, 'countersign.credential.add', `credential:auditor:${AUDITOR}`, {
      kind: 'auditor',
      subject: AUDITOR,
    })
    const logVkey = await logKeyOf(authority.origin)
    const trust = { issuer: authority.origin, audience: AUDIENCE, credential: executorCredential, challengeKey }
    const forum = await startForum({ ...trust, port: forumPort })
    const stop = () => forum.stop().finally(authority.stop)
    return { authority, forum, agentCredential, executorCredential, auditorCredential, logVkey, challengeKey, stop }
  } catch (cause) {
    await authority.stop()
    throw cause
  }
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

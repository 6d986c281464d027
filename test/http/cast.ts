/**
 * One authority with everybody on it: two agents, two executors, two approvers, an auditor; all watched.
 *
 * Ada is the first admin and consents to what the others need; Ben is an approver and nothing more.
 */
import { type ActionSpec, createVerifier } from '@countersign/verifier'
import type { Client } from '../../src/client/client.ts'
import {
  type AuthorityOptions,
  addAgent,
  addExecutor,
  administer,
  enrolBy,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  type Person,
  postAction,
  startAuthority,
} from '../setup/authority.ts'
import { type WatchedAuthority, watch } from './watch.ts'

export const WIKI = 'https://wiki.example'

export type ExecutorPart = Awaited<ReturnType<typeof addExecutor>> & { readonly client: Client }

export interface Cast {
  readonly authority: WatchedAuthority
  readonly agent: Client
  readonly agentSecret: string
  readonly otherAgent: Client
  readonly forum: ExecutorPart
  readonly wiki: ExecutorPart
  readonly ada: Person
  readonly ben: Person
}

/** No test should meet a rate limit that it is not about. */
const GENEROUS = {
  COUNTERSIGN_PRIVATE_WEBHOOKS: 'true',
  COUNTERSIGN_SMTP_URL: 'smtp://127.0.0.1:9',
  COUNTERSIGN_MAIL_FROM: 'countersign@authority.example',
  COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: '100000',
  COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '100000',
  COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '100000',
  COUNTERSIGN_PENDING_PER_AGENT: '10000',
  COUNTERSIGN_PENDING_PER_GROUP: '10000',
}

export async function startCast(options: AuthorityOptions = {}): Promise<Cast> {
  const authority = watch(await startAuthority({ ...options, settings: { ...GENEROUS, ...options.settings } }))
  const agentSecret = await addAgent(authority, 'helpdesk-agent')
  const otherSecret = await addAgent(authority, 'other-agent')
  const withClient = async (audience: string) => {
    const executor = await addExecutor(authority, audience)
    return { ...executor, client: authority.client(executor.credential) }
  }
  const forum = await withClient(FORUM)
  const wiki = await withClient(WIKI)
  const ada = await enrolFirstAdmin(authority)
  const ben = await enrolBy(authority, ada, 'Ben Approver')
  const agent = authority.client(agentSecret)
  return { authority, agent, agentSecret, otherAgent: authority.client(otherSecret), forum, wiki, ada, ben }
}

/** Another credential, consented to by `admin`. */
export async function credentialFor(
  authority: WatchedAuthority,
  admin: Person,
  kind: 'agent' | 'executor' | 'operator' | 'auditor',
  subject: string,
  days = 90,
): Promise<string> {
  const { credential } = await administer(authority, admin, {
    name: 'countersign.credential.add',
    resource: `credential:${kind}:${subject}`,
    arguments: { kind, subject, expires_in_days: days },
  })
  if (credential === undefined) throw new Error('No credential was given')
  return credential
}

type Asked = Partial<ActionSpec> & { readonly audience?: string }

/** A request that waits for a human. */
export async function propose(agent: Client, { audience = FORUM, ...more }: Asked = {}) {
  const action = postAction('Hello', more)
  const opened = mustSucceed(await agent.propose({ body: { audience, action } }))
  return { ...opened, action }
}

/** A token a human consented to, and the action it is for. */
export async function approvedToken(agent: Client, person: Pick<Person, 'consent'>, asked: Asked = {}) {
  const request = await propose(agent, asked)
  mustSucceed(await person.consent(request.id))
  const collected = mustSucceed(await agent.call('collectToken', { params: { id: request.id } }))
  return { ...collected, request, action: request.action }
}

/** The verifier an executor would run, against this authority. */
export function verifierFor(
  { authority }: Pick<Cast, 'authority'>,
  { audience, credential }: Pick<ExecutorPart, 'audience' | 'credential'>,
  more: Partial<Parameters<typeof createVerifier>[0]> = {},
) {
  return createVerifier({
    issuer: authority.config.origin,
    audience,
    credential,
    publicUrl: audience,
    now: authority.now,
    fetch: (input, init) => authority.fetch(String(input), init),
    ...more,
  })
}

/** The types of a trace's ledger entries, in order of arrival. */
export async function storyOf(authority: Pick<WatchedAuthority, 'operator'>, trace: string): Promise<unknown[]> {
  const { entries } = mustSucceed(await authority.operator.call('trace', { params: { trace } }))
  return entries.map((entry) => entry['type'])
}

/** Admins decide alone on changes of the authority, so that policies can follow each other. */
const SETTINGS = '@id("own") @approvers("admin") @self("yes") permit (principal, action, resource is Setting);'

export async function publishRules({ authority, ada }: Pick<Cast, 'authority' | 'ada'>, rules: string): Promise<void> {
  const { in_force: version } = mustSucceed(await authority.operator.call('listPolicies'))
  await administer(authority, ada, {
    name: 'countersign.policy.publish',
    resource: 'policy',
    arguments: { version, text: `${rules}\n${SETTINGS}` },
  })
}

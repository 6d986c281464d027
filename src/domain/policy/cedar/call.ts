/**
 * One question as Cedar takes it: the agent as principal, the catalogue's action, the executor's resource, and the
 * context, of which only what policies mention is built. The names are those of AWS AgentCore where it has some. SPEC
 * 11.
 */
import type { CedarValueJson, EntityJson, StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/web'
import type { Preview } from '@countersign/verifier'
import type { AgentSession } from '../../identity/agent-session.ts'
import type { Agent } from '../../identity/parties.ts'
import type { PolicyQuery } from '../policy.ts'
import { signalsOf } from '../signals/read-signals.ts'
import type { Signals } from '../signals/signals.ts'
import { cedarValue } from './cedar-values.ts'
import { type Mention, memberOf } from './mentions.ts'

export interface CallOptions {
  /** The authority's own audience. */
  readonly authority: string
  /** What the slice's policies read of the context. */
  readonly mention: Mention
  /** Whether they tell one resource from another: if not, all have one id. */
  readonly readsResource: boolean
  /** Where the policies read them. */
  readonly signals: Signals | undefined
}

/** All that the answer of a slice depends on. */
export type SliceCall = Omit<StatefulAuthorizationCall, 'preparsedPolicySetId'>

export function callOf(query: PolicyQuery, { authority, mention, readsResource, signals }: CallOptions): SliceCall {
  const { agent, executor, name } = query
  const id = readsResource ? query.resource : ''
  // Changes to the authority are resources of another type, so that rules for calls never concern them by chance.
  const resource = { type: executor.audience === authority ? 'Setting' : 'Resource', id }
  return {
    principal: { type: 'Agent', id: agent.id },
    action: { type: 'Action', id: name },
    resource,
    context: { ...contextOf(query, mention), ...(signals && { signals: mentionedOf(signals, mention) }) },
    entities: [
      agentEntity(agent),
      { uid: resource, attrs: { id, executor: executor.audience }, parents: [executorOf(executor.audience)] },
    ],
  }
}

/** Of the signals, those that policies read. */
function mentionedOf(signals: Signals, mention: Mention): CedarValueJson {
  const read = memberOf(mention, 'signals')
  return Object.fromEntries(Object.entries(signals).filter(([name]) => memberOf(read, name)))
}

const executorOf = (audience: string) => ({ type: 'Executor', id: audience })

export function agentEntity(agent: Agent): EntityJson {
  const { id, runBy, groups, executors } = agent
  return {
    uid: { type: 'Agent', id },
    attrs: {
      id,
      groups: [...groups],
      executors: executors.map((audience) => ({ __entity: executorOf(audience) })),
      ...(runBy === null ? {} : { owner: runBy }),
    },
    parents: groups.map((group) => ({ type: 'Group', id: group })),
    tags: tagsOf(agent),
  }
}

/** A group `role:manager` is also the tag `role`; several of one name are joined by spaces, as OAuth joins scopes. */
function tagsOf({ id, groups }: Agent): Record<string, string> {
  const tags = new Map<string, string>()
  for (const group of groups) {
    const [name = '', ...value] = group.split(':')
    if (value.length > 0) tags.set(name, [...(tags.get(name)?.split(' ') ?? []), value.join(':')].join(' '))
  }
  return { ...Object.fromEntries(tags), username: id, sub: id }
}

type Reader = (query: PolicyQuery, mention: Mention) => CedarValueJson | undefined

/** The members of the context, each made where a policy mentions it. */
const MEMBERS: Readonly<Record<string, Reader>> = {
  input: (query, mention) => cedarValue(query.arguments ?? {}, mention, 'context.input'),
  principal: ({ principal }) => principal,
  actors: ({ actors }) => actors.map((id) => ({ __entity: { type: 'Agent', id } })),
  depth: ({ actors }) => actors.length,
  effect: (query) => effectOf(query),
  reversible: (query) => entryOf(query)?.reversible === true,
  preview: ({ preview }) => (preview ? previewRecord(preview) : undefined),
  state: ({ state }) => state !== null,
  people: ({ people }) => people,
  session: ({ session, now }) => (session ? sessionRecord(session, now) : undefined),
  history: ({ history }, mention) => cedarValue(history, mention, 'context.history'),
  time: ({ now }) => timeRecord(now),
  // As AWS AgentCore names it.
  system: ({ now }) => ({ now: instant(now) }),
}

const READERS = Object.entries(MEMBERS)
export const CONTEXT_MEMBERS: readonly string[] = [...Object.keys(MEMBERS), 'signals']

function contextOf(query: PolicyQuery, mention: Mention): Record<string, CedarValueJson> {
  const context: Record<string, CedarValueJson> = {}
  for (const [name, read] of READERS) {
    const mentioned = memberOf(mention, name)
    const value = mentioned && read(query, mentioned)
    if (value !== undefined) context[name] = value
  }
  return context
}

/** The signals of a call, where these policies read any. */
export const signalsFor = async (query: PolicyQuery, mention: Mention): Promise<Signals | undefined> =>
  memberOf(mention, 'signals') && signalsOf({ name: query.name, arguments: query.arguments, entry: entryOf(query) })

const entryOf = ({ executor, name }: PolicyQuery) => executor.catalogue.find((entry) => entry.name === name)

/** What the catalogue does not name counts as destructive. */
export const effectOf = (query: PolicyQuery): string => entryOf(query)?.effect ?? 'destructive'

const previewRecord = ({ summary = '', changes }: Preview): CedarValueJson => ({
  summary,
  changes: changes.length,
  labels: changes.map(({ label }) => label),
})

/** Absent outside of a session: `context has session`. */
const sessionRecord = ({ purpose, openedBy, endsAt }: AgentSession, now: number): CedarValueJson => ({
  purpose: purpose ?? '',
  opened_by: openedBy,
  ends: instant(endsAt),
  minutes_left: Math.floor((endsAt - now) / 60),
})

const instant = (now: number): CedarValueJson => ({
  __extn: { fn: 'datetime', arg: new Date(now * 1000).toISOString() },
})

/** In UTC. `weekday`: 1 is Monday. */
function timeRecord(now: number): CedarValueJson {
  const at = new Date(now * 1000)
  return { now: instant(now), epoch: now, hour: at.getUTCHours(), weekday: at.getUTCDay() || 7 }
}

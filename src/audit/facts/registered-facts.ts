/**
 * Everything that is registered while there is no admin, as the entries say, to compare with what the first admin signed.
 * SPEC 10.1.
 */
import type { JsonObject } from '@countersign/verifier'
import { canonicalRegistered, type Registered } from '@countersign/verifier/authority'
import { numberOf, objectOf, textOf } from '../log/read-entry.ts'

export interface RegisteredFacts {
  readonly agents: Map<string, Registered['agents'][number]>
  readonly executors: Map<string, Registered['executors'][number]>
  readonly credentials: Map<string, Registered['credentials'][number]>
  readonly killswitches: Map<string, Registered['killswitches'][number]>
}

export const noneRegistered = (): RegisteredFacts => ({
  agents: new Map(),
  executors: new Map(),
  credentials: new Map(),
  killswitches: new Map(),
})

type Step = (registered: RegisteredFacts, members: JsonObject) => void

const text = (members: JsonObject, name: string): string => textOf(members, name) ?? ''

function addCredential({ credentials }: RegisteredFacts, members: JsonObject, kind: string, subject: string): void {
  const credential = text(members, 'credential')
  credentials.set(credential, { credential, kind, subject, expires: numberOf(members, 'expires') ?? 0 })
}

function dropCredentials({ credentials }: RegisteredFacts, kind: string, subject: string): void {
  for (const [id, one] of credentials) if (one.kind === kind && one.subject === subject) credentials.delete(id)
}

function addExecutor(registered: RegisteredFacts, members: JsonObject): void {
  const executor = text(members, 'executor')
  registered.executors.set(executor, { executor, row: text(members, 'row') })
}

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

const KINDS: readonly string[] = ['agent', 'executor', 'operator', 'auditor']

const STEPS: ReadonlyMap<string, Step> = new Map<string, Step>([
  [
    'agent.added',
    (registered, members) => {
      const agent = text(members, 'agent')
      registered.agents.set(agent, {
        agent,
        principals: listOf(members['principals']),
        executors: listOf(members['executors']),
        groups: listOf(members['groups']),
        run_by: textOf(members, 'run_by') ?? null,
      })
      addCredential(registered, members, 'agent', agent)
    },
  ],
  [
    'agent.removed',
    (registered, members) => {
      registered.agents.delete(text(members, 'agent'))
      dropCredentials(registered, 'agent', text(members, 'agent'))
    },
  ],
  [
    'executor.added',
    (registered, members) => {
      addExecutor(registered, members)
      addCredential(registered, members, 'executor', text(members, 'executor'))
    },
  ],
  [
    'executor.removed',
    (registered, members) => {
      // With a name, one action left the catalogue.
      if (textOf(members, 'name') !== undefined) return addExecutor(registered, members)
      registered.executors.delete(text(members, 'executor'))
      dropCredentials(registered, 'executor', text(members, 'executor'))
    },
  ],
  [
    'credential.added',
    (registered, members) => {
      const kind = text(members, 'kind')
      if (KINDS.includes(kind)) addCredential(registered, members, kind, text(members, 'subject'))
    },
  ],
  [
    'killswitch.engaged',
    ({ killswitches }, members) => {
      const killswitch = text(members, 'killswitch')
      killswitches.set(killswitch, { killswitch, selector: objectOf(members, 'selector') ?? {} })
    },
  ],
  ['credential.revoked', ({ credentials }, members) => void credentials.delete(text(members, 'credential'))],
])

/** Takes an entry of a time without an admin. */
export const noteRegistered = (registered: RegisteredFacts, type: string, members: JsonObject): void =>
  STEPS.get(type)?.(registered, members)

/** The text whose digest a first admin signs. */
export const registeredText = ({ agents, executors, credentials, killswitches }: RegisteredFacts): string =>
  canonicalRegistered({
    agents: [...agents.values()],
    executors: [...executors.values()],
    credentials: [...credentials.values()],
    killswitches: [...killswitches.values()],
  })

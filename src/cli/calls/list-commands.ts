/** Commands that show one list of the authority as a table: a row here is such a command. */
import type { Command } from 'commander'
import type { Answer, Client } from '../../client/client.ts'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'
import { table } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'
import { credentialsState } from './credentials-state.ts'
import { selectorWords } from './selector-words.ts'

interface List<Value> {
  readonly fetch: (client: Client) => Promise<Answer<Value>>
  readonly header: readonly string[]
  readonly rows: (value: Value) => readonly (readonly string[])[]
  /** Shown instead of an empty table. */
  readonly nothing: string
}

export const listCommand =
  <Value>({ fetch, header, rows, nothing }: List<Value>) =>
  async (_: object, command: Command): Promise<void> => {
    const { output, client } = contextOf(command)
    const value = unwrap(await fetch(client()))
    output.result(value, table(header, rows(value), { paint: output.paint, nothing }))
  }

export const listAgents = listCommand({
  fetch: (client) => client.call('listAgents'),
  header: ['AGENT', 'ACTS FOR', 'RUN BY', 'CREDENTIALS'],
  rows: ({ agents }) =>
    agents.map((agent) => [agent.id, agent.principals.join(', '), agent.run_by ?? '–', credentialsState(agent)]),
  nothing: 'There are no agents yet.',
})

export const listExecutors = listCommand({
  fetch: (client) => client.call('listExecutors'),
  header: ['EXECUTOR', 'TITLE', 'ACTIONS', 'SIGNS CHALLENGES', 'CREDENTIALS'],
  rows: ({ executors }) =>
    executors.map((executor) => [
      executor.audience,
      executor.title,
      executor.catalogue.map(({ name, effect }) => `${name} (${effect})`).join(', ') || '–',
      executor.challenge_keys.length > 0 ? 'yes' : 'no',
      credentialsState(executor),
    ]),
  nothing: 'There are no executors yet.',
})

export const listApprovers = listCommand({
  fetch: (client) => client.call('listApprovers'),
  header: ['APPROVER', 'NAME', 'ROLES', 'RUNS', 'PASSKEYS'],
  rows: ({ approvers }) =>
    approvers.map((approver) => [
      approver.id,
      approver.name ?? '(erased)',
      approver.roles.join(', '),
      approver.runs.join(', ') || '–',
      approver.removed_at === null ? passkeysOf(approver.passkeys) : 'removed',
    ]),
  nothing: 'There are no approvers yet.',
})

const passkeysOf = (passkeys: readonly { readonly label: string; readonly revoked_at: number | null }[]): string =>
  passkeys.map(({ label, revoked_at }) => (revoked_at === null ? label : `${label} (revoked)`)).join(', ') || 'none'

export const listKillSwitches = listCommand({
  fetch: (client) => client.call('listKillSwitches'),
  header: ['ID', 'STATE', 'STOPS', 'SINCE', 'REASON'],
  rows: ({ killswitches }) =>
    killswitches.map((one) => [
      one.id,
      one.released_at_ms === null ? 'active' : 'released',
      selectorWords(one.selector),
      instant(Math.floor(one.engaged_at_ms / 1000)),
      one.reason ?? 'erased',
    ]),
  nothing: 'Nothing is stopped.',
})

/** Lists requests: state, what, who asked, for whom, who answered, what became of it. */
import type { Command } from 'commander'
import type { CallInput, CallOutput } from '../../client/call-types.ts'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'
import { table } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

type Query = NonNullable<CallInput<'listRequests'>['query']>
type Page = CallOutput<'listRequests'>
type Row = Page['requests'][number]

interface ListOptions
  extends Pick<Query, 'state' | 'agent' | 'executor' | 'outcome' | 'danger' | 'words' | 'undoes' | 'after'> {
  readonly for?: string
  readonly action?: string
  readonly answeredBy?: string
  readonly decidedBy?: 'people' | 'policy'
  readonly from?: number
  readonly to?: number
  readonly limit?: number
}

export async function listRequests(options: ListOptions, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const page = unwrap(await client().call('listRequests', { query: queryOf(options) }))
  const rows = table(HEADER, page.requests.map(cellsOf), { paint: output.paint, nothing: nothingOf(page) })
  output.result(page, rows)
  if (page.next !== null && !output.json) output.note(`There may be more: add --after ${page.next}`)
}

const nothingOf = ({ next }: Page): string => (next === null ? 'No request matches.' : 'None of these match.')

function queryOf({ for: principal, action, answeredBy, decidedBy, from, to, limit, ...named }: ListOptions): Query {
  const { state, agent, executor, outcome, danger, words, undoes, after } = named
  const query = {
    state,
    agent,
    executor,
    outcome,
    danger,
    words,
    undoes,
    after,
    principal,
    name: action,
    approver: answeredBy,
    decision: decidedBy && (decidedBy === 'policy' ? ('allow' as const) : ('approval' as const)),
    from: from?.toString(),
    to: to?.toString(),
    limit: limit?.toString(),
  }
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
}

const HEADER = ['OPENED', 'STATE', 'WHAT', 'AGENT', 'FOR', 'EXECUTOR', 'ANSWERED BY', 'OUTCOME', 'REQUEST']

const cellsOf = (row: Row): readonly string[] => [
  instant(row.created_at),
  row.held ? 'held by a kill switch' : row.state,
  row.summary,
  row.agent,
  row.principal_name ?? row.principal,
  row.executor_title,
  answeredBy(row),
  row.outcome ?? '–',
  row.id,
]

/** `a grant of Ana Ruiz`, `Ana Ruiz for Ben Okafor, who was away`. */
export function answeredBy({ decision, state, grant, consented_by, denied_by }: Row): string {
  if (decision === 'allow') return 'policy'
  const people = [...consented_by.map(consenterWords), ...(denied_by ? [nameOf(denied_by)] : [])].join(', ')
  if (grant !== null) return `a grant of ${people}`
  return people || (state === 'changed' ? 'an approver, who changed the call' : '–')
}

type Person = NonNullable<Row['denied_by']>

export const nameOf = ({ approver, name }: Person): string => name ?? approver

export const consenterWords = ({ on_behalf_of: absent, ...person }: Row['consented_by'][number]): string =>
  nameOf(person) + (absent === null ? '' : ` for ${nameOf(absent)}, who was away`)

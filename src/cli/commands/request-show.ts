/** Shows one request: state, action, decision, terms, who consented, what became of it, and what approvers changed. */
import type { Command } from 'commander'
import type { CallOutput } from '../../client/call-types.ts'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'
import { type Fact, facts, table } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'
import { answeredBy, consenterWords, nameOf } from './requests.ts'

type Content = CallOutput<'requestContent'>
type Round = Content['rounds'][number]
type Change = NonNullable<Round['changes']>[number]

export async function showRequest(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const content = unwrap(await client().call('requestContent', { params: { id } }))
  const { paint } = output
  const parts = [
    facts(factsOf(content), paint),
    paint.bold('Its arguments'),
    content.request.erased ? '  They were erased.' : argumentsOf(content, paint),
    ...(content.masked.length === 0 ? [] : [`  ${MASKED}`]),
    paint.bold('Its rounds'),
    table(ROUNDS, content.rounds.map(roundOf), { paint, nothing: '' }),
  ]
  output.result(content, parts.join('\n\n'))
}

const MASKED = 'What is sensitive is masked. For an operator every argument is: an auditor sees the others.'

const factsOf = ({ request, resource, policy, terms, reason, denial_reason, erasure }: Content): readonly Fact[] => [
  ['request', request.id],
  ['state', request.held ? 'held by a kill switch' : request.state],
  ['what', request.summary],
  ['action', resource === null ? request.name : `${request.name} on ${resource}`],
  ['effect', request.effect],
  ['agent', request.agent],
  ['for', request.principal_name ?? request.principal],
  ['executor', request.executor_title],
  ['decision', `${request.decision} by ${policy.decided.join(', ')}, version ${policy.version}: ${policy.reason}`],
  ['terms', termsOf(terms)],
  ['opened', instant(request.created_at)],
  ['expires', instant(request.expires_at)],
  ['answered by', answeredBy(request)],
  ...(request.grant === null ? [] : [['grant', request.grant] as const]),
  ...(denial_reason === null ? [] : [['denied since', denial_reason] as const]),
  ...(reason === null ? [] : [['reason', reason] as const]),
  ['outcome', request.outcome ?? '–'],
  ...(erasure === null ? [] : [['erased', erasedWords(erasure)] as const]),
]

const erasedWords = ({ order, by, at }: NonNullable<Content['erasure']>): string =>
  order === null
    ? `${instant(at)}, by the retention that is configured`
    : `${instant(at)}, by the order ${order} that ${by.map(nameOf).join(', ')} approved`

function termsOf({ approvers, ordered, uses, ttl_seconds }: Content['terms']): string {
  const parts = approvers.map(({ groups, count }) => `${count} of ${groups.join(' or ')}`)
  const asked = parts.join(ordered ? ', then ' : ' and ') || 'nobody is asked'
  return `${asked}; ${uses === 1 ? '1 use' : `${uses} uses`} within ${ttl_seconds} s`
}

function argumentsOf({ arguments: given }: Content, paint: Parameters<typeof facts>[1]): string {
  const rows = Object.entries(given ?? {}).map(([name, value]): Fact => [name, textOf(value)])
  return rows.length === 0 ? '  It has none.' : facts(rows, paint)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '–'))

const ROUNDS = ['ROUND', 'OPENED', 'CHANGED BY', 'CHANGES', 'STATE', 'SIGNED BY', 'DIGEST', 'REQUEST']

const roundOf = (round: Round): readonly string[] => [
  String(round.round),
  instant(round.created_at),
  round.changed_by === null ? '–' : nameOf(round.changed_by),
  round.changes === null ? 'erased' : round.changes.map(changeOf).join('; ') || '–',
  round.state,
  round.signed_by.map((person) => `${consenterWords(person)} at ${instant(person.at)}`).join(', ') || '–',
  round.digest,
  round.request,
]

const changeOf = ({ argument, before, after }: Change): string => `${argument}: ${textOf(before)} → ${textOf(after)}`

/**
 * Who asks, for whom, where, and in one sentence what: the head of an approval and of an inbox row.
 *
 * In: a request. Out: its title and pills. Values from agents are set apart from the executor's own words.
 */
import { describe, plainText, type Segment } from '../../domain/action/describe.ts'
import type { ActorChain, ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Effect } from '../../domain/identity/parties.ts'
import { Said, Sentence } from '../frame/untrusted-text.tsx'
import { count, hostOf } from '../frame/wording.ts'

/** The sentence of a request; one whose action was erased is still named. */
export function sentenceOf(request: ApprovalRequest): readonly Segment[] {
  if (request.action) return describe(request.catalogueEntry, request.action)
  return [
    { from: 'executor', text: 'Run ' },
    { from: 'argument', text: request.name, member: 'name' },
  ]
}

/** For the window title: one line, at most 80 characters. */
export function titleOf(request: ApprovalRequest): string {
  const whole = plainText(sentenceOf(request))
  const visible = [...whole.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()]
  return visible.length > 80 ? `${visible.slice(0, 79).join('')}…` : visible.join('')
}

interface AskedProps {
  readonly request: ApprovalRequest
  readonly principalName: string | null
  /** Of several on one page: the page's own heading stands above. */
  readonly oneOfMany?: boolean
}

export const Asked = ({ request, principalName, oneOfMany = false }: AskedProps) => (
  <div class="asked">
    <p class="who">
      <b>
        <Said text={request.agent} limit={80} />
      </b>
      <Behind chain={request.act.act} /> asks, for{' '}
      <b>
        <Said text={principalName ?? request.principal} limit={100} />
      </b>
    </p>
    {oneOfMany ? (
      <h2 id={`asked-${request.id}`} class="title">
        <Sentence segments={sentenceOf(request)} limit={80} />
      </h2>
    ) : (
      <h1 tabindex={-1}>
        <Sentence segments={sentenceOf(request)} limit={80} />
      </h1>
    )}
    <Pills request={request} />
  </div>
)

/** The agents behind the one that asks, as it names them. */
const Behind = ({ chain }: { chain: ActorChain | undefined }) =>
  chain ? (
    <>
      {', acting for '}
      <Said text={chain.sub} limit={80} />
      <Behind chain={chain.act} />
    </>
  ) : null

const EFFECTS: Record<Effect, readonly [word: string, tone: string]> = {
  read: ['Reads', ''],
  write: ['Writes', ''],
  destructive: ['Destroys', ' danger'],
}

export const EffectPill = ({ effect }: { effect: Effect }) => {
  const [word, tone] = EFFECTS[effect]
  return <span class={`pill${tone}`}>{word}</span>
}

const Pills = ({ request }: { request: ApprovalRequest }) => (
  <ul class="pills" aria-label="In short">
    <li>
      <EffectPill effect={request.catalogueEntry.effect} />
    </li>
    {request.catalogueEntry.effect === 'read' ? null : (
      <li>
        <span class={request.catalogueEntry.reversible ? 'pill' : 'pill danger'}>
          {request.catalogueEntry.reversible ? 'Can be undone' : 'Cannot be undone'}
        </span>
      </li>
    )}
    <li>
      <span class="pill">
        at <Said text={hostOf(request.audience)} limit={60} />
      </span>
    </li>
    <li>
      <span class="pill">{request.terms.uses === 1 ? 'Once' : `Up to ${count(request.terms.uses, 'time')}`}</span>
    </li>
  </ul>
)

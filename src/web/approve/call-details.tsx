/**
 * The exact call: every argument, however nested, and the same again as the JSON that is digested. Nothing is cut: a
 * long value scrolls in its own box, which states its full length.
 */
import type { ActionSpec, JsonObject, JsonValue } from '@countersign/verifier'
import { useContext } from 'hono/jsx'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Card, type Level } from '../parts/card.tsx'
import { Budget, createPageBudget, take } from '../parts/page-budget.ts'
import { lengthOf, UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'

export const CallDetails = ({ request: { id, name, action }, level }: { request: ApprovalRequest; level: Level }) => (
  <Card id={`call-${id}`} level={level} title="The exact call" note={<CallName name={name} />}>
    {action ? (
      <WholeAction action={action} />
    ) : (
      <p class="body muted">The arguments were erased. Their digest remains.</p>
    )}
  </Card>
)

const CallName = ({ name }: { name: string }) => (
  <code class="muted">
    <UntrustedText text={name} />
  </code>
)

const WholeAction = ({ action }: { action: ActionSpec }) => {
  const budget = useContext(Budget) ?? createPageBudget()
  const isListed = take(budget, 'values', countValues(action.arguments))
  return (
    <>
      <div class="body">
        <dl class="facts">
          <dt>resource</dt>
          <dd class="mono">
            <Text text={action.resource} name="resource" />
          </dd>
        </dl>
        <p class="label">Arguments</p>
        {isListed ? <Members object={action.arguments} /> : <p>{NOT_LISTED}</p>}
      </div>
      {isListed ? <Repeated text={JSON.stringify(action, null, 2)} /> : <CallAsJson text={JSON.stringify(action)} />}
    </>
  )
}

const Repeated = ({ text }: { text: string }) => {
  const budget = useContext(Budget)
  if (budget && !take(budget, 'repeated', text.length)) return null
  return (
    <details class="fold">
      <summary>Show as JSON</summary>
      <CallAsJson text={text} />
    </details>
  )
}

const NOT_LISTED = 'This page holds too many values to list each of these. They are shown in full as JSON.'

const CallAsJson = ({ text }: { text: string }) => (
  <figure class="raw mono" tabindex={0} aria-label="The call as JSON">
    <UntrustedText text={text} lines="kept" />
  </figure>
)

const countValues = (value: JsonValue): number =>
  typeof value !== 'object' || value === null
    ? 1
    : Object.values(value).reduce<number>((sum, member) => sum + countValues(member), 1)

const Members = ({ object }: { object: JsonObject }) => {
  const members = Object.entries(object)
  if (members.length === 0) return <p class="muted none">none</p>
  return (
    <dl class="facts">
      {members.map(([name, value]) => (
        <>
          <dt>
            <UntrustedText text={name} />
          </dt>
          <dd class="mono">
            <Value value={value} name={name} />
          </dd>
        </>
      ))}
    </dl>
  )
}

/** Text has no type beside it; every other value has, so that the text `42` and the number 42 differ. */
const Value = ({ value, name }: { value: JsonValue; name: string }) => {
  if (typeof value === 'string') return <Text text={value} name={name} />
  if (value === null) return <Literal text="null" type="no value" />
  if (typeof value === 'number') return <Literal text={JSON.stringify(value)} type="number" />
  if (typeof value === 'boolean') return <Literal text={String(value)} type="yes or no" />
  if (isList(value)) return <List items={value} name={name} />
  return (
    <div class="nested">
      <Members object={value} />
    </div>
  )
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

const Literal = ({ text, type }: { text: string; type: string }) => (
  <>
    <span class="literal">{text}</span> <span class="type">{type}</span>
  </>
)

const List = ({ items, name }: { items: readonly JsonValue[]; name: string }) =>
  items.length === 0 ? (
    <span class="type">empty list</span>
  ) : (
    <>
      <span class="type">{count(items.length, 'item')}</span>
      <ol class="list">
        {items.map((item) => (
          <li>
            <Value value={item} name={name} />
          </li>
        ))}
      </ol>
    </>
  )

const LONG_CHARACTERS = 800
const LONG_LINES = 14

const Text = ({ text, name }: { text: string; name: string }) => {
  const length = lengthOf(text)
  const lines = text.split('\n').length
  if (length === 0) return <span class="type">empty text</span>
  if (length <= LONG_CHARACTERS && lines <= LONG_LINES)
    return (
      <div class="text" dir="auto">
        <UntrustedText text={text} lines="kept" />
      </div>
    )
  const extent = `${count(length, 'character')} in ${count(lines, 'line')}`
  return (
    <div class="long">
      <p class="type">{extent}, shown in full: scroll to read it all</p>
      <figure class="text scroll" dir="auto" tabindex={0} aria-label={`${name}, ${extent}`}>
        <UntrustedText text={text} lines="kept" />
      </figure>
    </div>
  )
}

/**
 * Exactly this call: every argument, however nested, and the same once more as the JSON that is digested.
 *
 * In: the action. Out: one card. Nothing is cut: a long value scrolls in its own box, which states its full length.
 */
import type { ActionSpec, JsonObject, JsonValue } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { CardTitle, type Level, landmark } from '../frame/card-title.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { count } from '../frame/wording.ts'

export const Call = ({ request, level }: { request: ApprovalRequest; level: Level }) => (
  <section class="card" aria-labelledby={landmark(level, `call-${request.id}`)}>
    <header>
      <CardTitle level={level} id={`call-${request.id}`}>
        Exactly this call
      </CardTitle>
      <code class="muted">
        <Said text={request.name} />
      </code>
    </header>
    {request.action ? (
      <Whole action={request.action} />
    ) : (
      <p class="body muted">The arguments have been erased; their digest remains.</p>
    )}
  </section>
)

const Whole = ({ action }: { action: ActionSpec }) => (
  <>
    <div class="body">
      <dl class="facts">
        <dt>resource</dt>
        <dd class="mono">
          <Text text={action.resource} name="resource" />
        </dd>
      </dl>
      <p class="label">Arguments</p>
      <Members object={action.arguments} />
    </div>
    <details class="fold">
      <summary>The same as JSON</summary>
      <figure class="raw mono" tabindex={0} aria-label="The call as JSON">
        <Said text={JSON.stringify(action, null, 2)} lines="kept" />
      </figure>
    </details>
  </>
)

const Members = ({ object }: { object: JsonObject }) => {
  const members = Object.entries(object)
  if (members.length === 0) return <p class="muted none">none</p>
  return (
    <dl class="facts">
      {members.map(([name, value]) => (
        <>
          <dt>
            <Said text={name} />
          </dt>
          <dd class="mono">
            <Value value={value} name={name} />
          </dd>
        </>
      ))}
    </dl>
  )
}

/** Text stands bare; everything else says what it is, so that the text `42` and the number 42 differ. */
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
  const length = [...text].length
  const lines = text.split('\n').length
  if (length === 0) return <span class="type">empty text</span>
  if (length <= LONG_CHARACTERS && lines <= LONG_LINES)
    return (
      <div class="text" dir="auto">
        <Said text={text} lines="kept" />
      </div>
    )
  const extent = `${count(length, 'character')} in ${count(lines, 'line')}`
  return (
    <div class="long">
      <p class="type">{extent}, all of it here: scroll to read to the end</p>
      <figure class="text scroll" dir="auto" tabindex={0} aria-label={`${name}, ${extent}`}>
        <Said text={text} lines="kept" />
      </figure>
    </div>
  )
}

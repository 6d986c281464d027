/**
 * The exact call, as it is read: what it acts upon and the key arguments first and large, then the others in the
 * catalogue's order, empty ones small; and the same again as the JSON that is digested. Nothing is cut. SPEC 10.8.
 */
import type { ActionSpec, JsonValue } from '@countersign/verifier'
import { useContext } from 'hono/jsx'
import { readArguments } from '../../domain/action/read-arguments.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import { Card, type Level } from '../parts/card.tsx'
import { Budget, createPageBudget, take } from '../parts/page-budget.ts'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { goneBy } from '../parts/wording.ts'
import { Empties, Members, type Reading, readingOf, Text, Value } from './argument-values.tsx'
import { extentOf } from './extent.ts'
import { RegisteredActions, registeredIn } from './registered-actions.tsx'

export const CallDetails = ({ request, level }: { request: ApprovalRequest; level: Level }) => (
  <Card
    id={`call-${request.id}`}
    level={level}
    title={request.series ? 'The same in every call' : 'The exact call'}
    note={<CallName name={request.name} />}
  >
    {request.action ? (
      <WholeAction action={request.action} entry={request.catalogueEntry} extent={extentOf(request)} />
    ) : (
      <p class="body muted">The arguments were {goneBy(request)}. Their digest remains.</p>
    )}
  </Card>
)

const CallName = ({ name }: { name: string }) => (
  <code class="muted">
    <UntrustedText text={name} />
  </code>
)

interface WholeActionProps {
  readonly action: ActionSpec
  readonly entry: CatalogueEntry
  readonly extent: string
}

const WholeAction = ({ action, entry, extent }: WholeActionProps) => {
  const budget = useContext(Budget) ?? createPageBudget()
  const registered = registeredIn(action)
  const listed = registered ? withoutCatalogue(action) : action
  const isListed = take(budget, 'values', countValues(listed.arguments))
  return (
    <>
      <div class="body">
        <p class="extent muted">{extent}</p>
        {isListed ? <Listed action={listed} entry={entry} /> : <Resource text={action.resource} />}
        {isListed ? null : <p>{NOT_LISTED}</p>}
      </div>
      {registered ? <RegisteredActions entries={registered} isChange={action.name.endsWith('.update')} /> : null}
      {isListed ? <Repeated text={JSON.stringify(action, null, 2)} /> : <CallAsJson text={JSON.stringify(action)} />}
    </>
  )
}

function withoutCatalogue(action: ActionSpec): ActionSpec {
  const { catalogue: _, ...others } = action.arguments
  return { ...action, arguments: others }
}

const Resource = ({ text, children }: { text: string; children?: unknown }) => (
  <dl class="facts key">
    <dt>resource</dt>
    <dd class="mono">
      <Text text={text} name="resource" />
    </dd>
    {children}
  </dl>
)

const Listed = ({ action, entry }: { action: ActionSpec; entry: CatalogueEntry }) => {
  const { key, missing, others, empty } = readArguments(entry, action.arguments)
  const reading = readingOf(entry, action.arguments)
  const [isRest, rest] = [key.length + missing.length > 0, others.length + empty.length]
  return (
    <>
      <Resource text={action.resource}>
        {key.map(({ name, value }) => (
          <KeyArgument reading={reading} name={name} value={value} />
        ))}
        {missing.map((name) => (
          <KeyArgument reading={reading} name={name} />
        ))}
      </Resource>
      {isRest && rest === 0 ? null : <p class="label">{isRest ? 'Other arguments' : 'Arguments'}</p>}
      {isRest || rest > 0 ? null : <p class="muted none">none</p>}
      <Members reading={reading} members={others} />
      <Empties reading={reading} members={empty} />
    </>
  )
}

const KeyArgument = ({ reading, name, value }: { reading: Reading; name: string; value?: JsonValue }) => (
  <>
    <dt>{reading.nameOf(name, name)}</dt>
    <dd class="mono">
      {value === undefined ? (
        <span class="missing">not given</span>
      ) : (
        <Value reading={reading} value={value} name={name} path={name} />
      )}
    </dd>
  </>
)

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

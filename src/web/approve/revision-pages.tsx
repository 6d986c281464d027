/**
 * Changing a call before approving it: a form of what may be changed, then the whole changed call, to read and to sign.
 * `browser/change-call-script.ts` sends the form. SPEC 5.2.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import type { Context, Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { changeablePaths, whyNotRevisable } from '../../domain/approval/revision.ts'
import { Page } from '../frame/page.tsx'
import type { PageAccess, PersonalFrame, View } from '../frame/page-access.tsx'
import { problemOf } from '../frame/problem-page.tsx'
import { BackLink, Card, StatusLine } from '../parts/card.tsx'
import { InTurns } from '../parts/in-turns.tsx'
import { titleOf } from '../parts/request-sentence.tsx'
import { TimeLeft } from '../parts/times.tsx'
import { readingOf } from './argument-values.tsx'
import { Decision, EndOfRequest, mayBeChanged, NeedsJavaScript } from './decision.tsx'
import { RequestBody } from './request-body.tsx'
import { RequestHead } from './request-head.tsx'
import { RequestWarnings } from './request-warnings.tsx'

export function revisionRoutes(pages: Hono, access: PageAccess, services: Services): void {
  pages.get(
    '/approve/:id{[A-Za-z0-9_-]{22}}/change',
    access.signedIn((frame, c) => changePage(frame, c, services)),
  )
  pages.get(
    '/approve/:id{[A-Za-z0-9_-]{22}}/changed',
    access.signedIn((frame, c) => changedPage(frame, c, services)),
  )
}

async function changePage(frame: PersonalFrame, c: Context, { requests }: Services): Promise<View> {
  const found = await requests.show(frame.person, c.req.param('id') ?? '')
  if (!found.ok) return problemOf(found.refusal)
  const { request } = found.value
  if (found.value.state !== 'pending' || found.value.consentedByMe) return { goTo: `/approve/${request.id}` }
  const isOpen = mayBeChanged(found.value)
  const why = found.value.cannotConsent ?? whyNotRevisable(request, request.catalogueEntry)
  return (
    <Page frame={frame} title="Change the call" scripts={['change-call']} oneTask>
      <main id="content" class="column">
        <BackLink to={`/approve/${request.id}`}>The request</BackLink>
        <RequestHead request={request} principalName={found.value.principalName} />
        {isOpen && request.action ? (
          <ChangeForm shown={found.value} given={request.action.arguments} />
        ) : (
          <p class="note plain">{why}</p>
        )}
      </main>
    </Page>
  )
}

const ChangeForm = ({ shown: { request }, given }: { shown: RequestForApprover; given: JsonObject }) => (
  <Card id="change" title="What may be changed">
    <form class="body form" data-change-call={request.id} data-arguments={JSON.stringify(given)}>
      <p class="muted">
        You read the whole changed call before you sign it. The agent is given that call; the one that it asked for is
        refused.
      </p>
      {changeablePaths(request.catalogueEntry).map((path) => (
        <Field path={path} entry={request.catalogueEntry} given={given} />
      ))}
      <p class="buttons-inline">
        <button type="submit">Show the changed call</button>
        <StatusLine inline />
      </p>
      <NeedsJavaScript />
    </form>
  </Card>
)

interface FieldProps {
  readonly path: string
  readonly entry: RequestForApprover['request']['catalogueEntry']
  readonly given: JsonObject
}

/** A text as it is; every other value as JSON, so that 42 and "42" differ. */
const Field = ({ path, entry, given }: FieldProps) => {
  const steps = stepsTo(given, path)
  const value = steps.reduce<JsonValue | undefined>(memberOf, given)
  const kind = value === undefined ? 'absent' : typeof value === 'string' ? 'text' : 'json'
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')
  const id = `argument-${path}`
  return (
    <>
      <label for={id}>{readingOf(entry, given).nameOf(path, path)}</label>
      <textarea
        id={id}
        rows={Math.min(14, Math.max(text.split('\n').length, Math.ceil(text.length / 60)))}
        spellcheck={false}
        autocomplete="off"
        dir="auto"
        class={kind === 'json' ? 'mono' : undefined}
        data-steps={JSON.stringify(steps)}
        data-kind={kind}
        aria-describedby={kind === 'text' ? undefined : `${id}-hint`}
      >
        {text.startsWith('\n') ? `\n${text}` : text}
      </textarea>
      {kind === 'text' ? null : (
        <p id={`${id}-hint`} class="hint">
          {HINTS[kind]}
        </p>
      )}
    </>
  )
}

const HINTS = {
  json: 'In the notation of JSON: 90, true, ["a", "b"]',
  absent: 'Not given by the agent. Leave it empty to leave it out',
} as const

/** The members that a path leads through in this call; a member that has the whole path as its name wins. */
function stepsTo(value: JsonValue | undefined, path: string): readonly string[] {
  if (memberOf(value, path) !== undefined) return [path]
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = memberOf(value, path.slice(0, dot))
    if (typeof inner === 'object' && inner !== null) return [path.slice(0, dot), ...stepsTo(inner, path.slice(dot + 1))]
  }
  return [path]
}

const memberOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined

async function changedPage(frame: PersonalFrame, c: Context, { requests }: Services): Promise<View> {
  const id = c.req.param('id') ?? ''
  const found = await requests.showRevision(frame.person, id)
  if (!found.ok) return found.refusal.ended ? { goTo: `/approve/${id}` } : problemOf(found.refusal)
  const shown = found.value
  return (
    <Page frame={frame} title={titleOf(shown.request)} scripts={['changed-call']} oneTask>
      <main
        id="content"
        class="approval open"
        data-approval={id}
        data-answer={`/approvals/${id}/revision`}
        data-statement={JSON.stringify(shown.statement)}
      >
        <div class="request stack">
          <p class="deadline">
            <BackLink to={`/approve/${id}/change`}>Change more</BackLink>
            <TimeLeft expiresAt={shown.request.expiresAt} now={frame.now} timer announced />
          </p>
          <RequestHead request={shown.request} principalName={shown.principalName} />
          <InTurns parts={[<RequestWarnings shown={shown} />]} />
          <RequestBody shown={shown} level={2} />
          <EndOfRequest />
        </div>
        <Decision shown={shown} />
      </main>
    </Page>
  )
}

/**
 * Changing a call before approving it: a form of what may be changed, then the whole changed call, to read and to sign.
 * `browser/change-call-script.ts` sends the form. SPEC 5.2.
 */
import type { JsonObject } from '@countersign/verifier'
import type { Context, Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { RevisableRequest } from '../../authority/requests/revision/show-revisable.ts'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { changeablePaths, whyNotRevisable } from '../../domain/approval/revision.ts'
import { Page } from '../frame/page.tsx'
import type { PageAccess, PersonalFrame, View } from '../frame/page-access.tsx'
import { problemOf } from '../frame/problem-page.tsx'
import { BackLink, Card, StatusLine } from '../parts/card.tsx'
import { InTurns } from '../parts/in-turns.tsx'
import { titleOf } from '../parts/request-sentence.tsx'
import { TimeLeft } from '../parts/times.tsx'
import { ArgumentField } from './argument-field.tsx'
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
  const found = await requests.showRevisable(frame.person, c.req.param('id') ?? '')
  if (!found.ok) return problemOf(found.refusal)
  const { shown, schemaOf } = found.value
  const { request } = shown
  if (shown.state !== 'pending' || shown.consentedByMe) return { goTo: `/approve/${request.id}` }
  const isOpen = mayBeChanged(shown)
  const why = shown.cannotConsent ?? whyNotRevisable(request, request.catalogueEntry)
  return (
    <Page frame={frame} title="Change the call" scripts={['change-call']} oneTask>
      <main id="content" class="column">
        <BackLink to={`/approve/${request.id}`}>The request</BackLink>
        <RequestHead request={request} principalName={shown.principalName} />
        {isOpen && request.action ? (
          <ChangeForm request={request} schemaOf={schemaOf} given={request.action.arguments} />
        ) : (
          <p class="note plain">{why}</p>
        )}
      </main>
    </Page>
  )
}

interface ChangeFormProps {
  readonly request: RequestForApprover['request']
  readonly schemaOf: RevisableRequest['schemaOf']
  readonly given: JsonObject
}

const ChangeForm = ({ request, schemaOf, given }: ChangeFormProps) => (
  <Card id="change" title="What may be changed">
    <form class="body form" data-change-call={request.id} data-arguments={JSON.stringify(given)}>
      <p class="muted">
        You read the whole changed call before you sign it. The agent is given that call; the one that it asked for is
        refused.
      </p>
      {changeablePaths(request.catalogueEntry).map((path) => (
        <ArgumentField path={path} entry={request.catalogueEntry} schema={schemaOf(path)} given={given} />
      ))}
      <p class="buttons-inline">
        <button type="submit">Show the changed call</button>
        <StatusLine inline />
      </p>
      <NeedsJavaScript />
    </form>
  </Card>
)

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

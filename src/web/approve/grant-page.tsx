/**
 * Allowing more calls like one that waits: how many, until when, and how far each argument may differ. The form proposes
 * bounds from the call; both are then read and signed together. `browser/grant-script.ts` sends it. SPEC 4.6.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import type { Context, Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { whyNoGrant } from '../../domain/approval/grant.ts'
import { Page } from '../frame/page.tsx'
import type { PageAccess, PersonalFrame, View } from '../frame/page-access.tsx'
import { problemOf } from '../frame/problem-page.tsx'
import { BackLink, Card, StatusLine } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'
import { readingOf } from './argument-values.tsx'
import { NeedsJavaScript } from './decision.tsx'
import { RequestHead } from './request-head.tsx'

/** Whether this person could sign more calls like it together with this one. */
export const mayBecomeGrant = ({ request, cannotConsent, alone, statement }: RequestForApprover): boolean =>
  cannotConsent === null && alone === null && whyNoGrant(request, statement.iss) === null

export function grantRoute(pages: Hono, access: PageAccess, services: Services): void {
  pages.get(
    '/approve/:id{[A-Za-z0-9_-]{22}}/grant',
    access.signedIn((frame, c) => grantPage(frame, c, services)),
  )
}

async function grantPage(frame: PersonalFrame, c: Context, { requests }: Services): Promise<View> {
  const found = await requests.show(frame.person, c.req.param('id') ?? '')
  if (!found.ok) return problemOf(found.refusal)
  const { request, cannotConsent, alone, statement } = found.value
  if (found.value.state !== 'pending' || found.value.consentedByMe) return { goTo: `/approve/${request.id}` }
  const why = cannotConsent ?? alone ?? whyNoGrant(request, statement.iss)
  return (
    <Page frame={frame} title="Allow more like this" scripts={['grant']} oneTask>
      <main id="content" class="column">
        <BackLink to={`/approve/${request.id}`}>The request</BackLink>
        <RequestHead request={request} principalName={found.value.principalName} />
        {why === null && request.action ? (
          <BoundsForm shown={found.value} given={request.action.arguments} />
        ) : (
          <p class="note plain">{why}</p>
        )}
      </main>
    </Page>
  )
}

/** As many arguments as bounds can have. */
const MOST_BOUNDED = 16

const BoundsForm = ({ shown: { request }, given }: { shown: RequestForApprover; given: JsonObject }) => {
  const scalars = Object.entries(given).filter(([, value]) => typeof value === 'string' || typeof value === 'number')
  const rest = Object.keys(given).length - Math.min(scalars.length, MOST_BOUNDED)
  const { nameOf } = readingOf(request.catalogueEntry, given)
  return (
    <Card id="grant" title="Allow more like this">
      <form class="body form" data-grant={request.id}>
        <p class="muted">
          <UntrustedText text={request.agent} limit={80} /> may then make more calls like this one without asking again.
          You read this request and the grant whole, and sign both together. You can end the grant at any time.
        </p>
        <label for="uses">Number of calls</label>
        <input id="uses" name="uses" type="number" min={1} max={1000} value="10" required />
        <label for="minutes">Minutes until it ends</label>
        <input id="minutes" name="minutes" type="number" min={1} max={480} value="60" required />
        {scalars.slice(0, MOST_BOUNDED).map(([name, value], at) => (
          <ArgumentBound at={at} name={name} value={value} label={nameOf(name, name)} />
        ))}
        {rest > 0 ? <p class="hint">{count(rest, 'further argument')} stay exactly as in this request.</p> : null}
        <p class="buttons-inline">
          <button type="submit">Show both</button>
          <StatusLine inline />
        </p>
        <NeedsJavaScript />
      </form>
    </Card>
  )
}

interface BoundProps {
  readonly at: number
  readonly name: string
  readonly value: JsonValue
  readonly label: unknown
}

const ArgumentBound = ({ at, name, value, label }: BoundProps) => {
  const folder = typeof value === 'string' ? folderOf(value) : undefined
  return (
    <fieldset data-bound={name}>
      <legend>{label}</legend>
      <label class="sr-only" for={`kind-${at}`}>
        How it may differ
      </label>
      <select id={`kind-${at}`} data-kind="">
        <option value="fixed">exactly as in this request</option>
        {typeof value === 'number' ? (
          <>
            <option value="max">at most</option>
            <option value="sum">in all calls together at most</option>
          </>
        ) : (
          <option value="oneOf">one of these, a line each</option>
        )}
        {folder === undefined ? null : <option value="prefix">anything below</option>}
      </select>
      <label class="sr-only" for={`limit-${at}`}>
        The limit
      </label>
      <textarea
        id={`limit-${at}`}
        rows={1}
        spellcheck={false}
        autocomplete="off"
        class="mono"
        data-limit=""
        data-given={String(value)}
        data-folder={folder}
        disabled
      >
        {String(value)}
      </textarea>
    </fieldset>
  )
}

/** The part of a path before its last name; undefined for a text that is none. */
const folderOf = (text: string): string | undefined => /^[^\n\\%?#]*\//.exec(text)?.[0]

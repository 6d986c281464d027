/**
 * Every endpoint, for reading: the table the routes and the client are made of, laid out.
 *
 * In: `api/endpoints`. Out: one page, by tag. The same facts for machines are at `/openapi.json`.
 */
import type { Endpoint } from '../../api/endpoint.ts'
import { endpoints } from '../../api/endpoints.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { type Field, fieldsOf, type SchemaSource } from './schema-fields.ts'

const TAGS: readonly (readonly [tag: Endpoint['tag'], title: string, what: string])[] = [
  ['agents', 'For agents', 'Propose an action, see how it stands, collect the token.'],
  ['executors', 'For executors', 'Spend a token, report what came of it.'],
  ['approvers', 'For approvers', 'Sign in, enrol, consent and deny. The pages here use these.'],
  ['stop', 'Stopping', 'Engage a kill switch, see what it hit and who has felt it. No passkey needed.'],
  ['administration', 'Administration', 'Change the authority itself. Every change is an approved action.'],
  ['notifications', 'Telling people', 'How each person is told that a request waits, and which endpoints are.'],
  ['ledger', 'The ledger', 'Find entries, prove them, read the log itself. For auditors.'],
  ['discovery', 'Discovery', 'Keys, metadata and health. Open to everyone.'],
]

const PEOPLE: Record<NonNullable<Endpoint['session']>, string> = {
  any: 'anyone signed in',
  approver: 'a signed-in approver',
  admin: 'a signed-in admin',
  auditor: 'a signed-in auditor',
}

/** The callers that an endpoint is for: “an agent’s or operator’s credential or a signed-in admin”. */
function callersOf({ callers, session, openIf }: Endpoint): string {
  if (callers === 'anyone') return callers
  const kinds = callers.map((kind) => `${kind}’s`).join(' or ')
  const named = [
    kinds && `an ${kinds} credential`,
    session && PEOPLE[session],
    openIf && 'anyone where the log is public',
  ]
  return named.filter(Boolean).join(' or ')
}

const ALWAYS = ['invalid_request', 'unauthenticated', 'authority_unreachable']

const all: readonly (readonly [id: string, endpoint: Endpoint])[] = Object.entries(endpoints)

export const DocsPage = ({ frame }: { frame: Frame }) => (
  <Page frame={frame} title="Endpoints">
    <main id="content" class="docs">
      <Contents />
      <div class="reference">
        <h1>Endpoints</h1>
        <p class="muted">
          JSON in and out, closed objects: unknown members are refused. Errors are RFC 9457 problems with a stable{' '}
          <code>code</code>. A credential travels as <code>Authorization: Bearer</code>. For machines:{' '}
          <a href="/openapi.json">openapi.json</a>.
        </p>
        {TAGS.map(([tag, title, what]) => (
          <section aria-labelledby={tag}>
            <h2 id={tag} class="section">
              {title} <span class="muted">{what}</span>
            </h2>
            {all
              .filter(([, endpoint]) => endpoint.tag === tag)
              .map(([id, endpoint]) => (
                <Operation id={id} endpoint={endpoint} />
              ))}
          </section>
        ))}
      </div>
    </main>
  </Page>
)

const Contents = () => (
  <nav class="contents" aria-label="Endpoints">
    {TAGS.map(([tag, title]) => (
      <>
        <a class="group" href={`#${tag}`}>
          {title}
        </a>
        <ul>
          {all
            .filter(([, endpoint]) => endpoint.tag === tag)
            .map(([id, { method, path }]) => (
              <li>
                <a href={`#${id}`}>
                  <Method method={method} /> {path}
                </a>
              </li>
            ))}
        </ul>
      </>
    ))}
  </nav>
)

const Method = ({ method }: { method: Endpoint['method'] }) => (
  <span class={`method ${method.toLowerCase()}`}>{method}</span>
)

const Operation = ({ id, endpoint }: { id: string; endpoint: Endpoint }) => (
  <article class="card operation" id={id} aria-labelledby={`${id}-title`}>
    <header>
      <h3 id={`${id}-title`}>
        <Method method={endpoint.method} /> <code>{endpoint.path}</code>
      </h3>
      <span class="muted">{callersOf(endpoint)}</span>
    </header>
    <div class="body">
      <p>{endpoint.summary}.</p>
      {endpoint.body ? <Fields title="Body" schema={endpoint.body} io="input" /> : null}
      {endpoint.form ? <Fields title="Form" schema={endpoint.form} io="input" /> : null}
      {endpoint.response ? (
        <Fields title={`Answer, ${endpoint.status}`} schema={endpoint.response} io="output" />
      ) : (
        <p class="muted">Answers {endpoint.status}.</p>
      )}
      <p class="codes">
        <span class="muted">Refused with</span>
        {[...endpoint.refusals, ...ALWAYS].map((code) => (
          <code>{code}</code>
        ))}
      </p>
    </div>
  </article>
)

const Fields = ({ title, schema, io }: { title: string; schema: SchemaSource; io: 'input' | 'output' }) => (
  <details>
    <summary>{title}</summary>
    <dl class="fields">
      {fieldsOf(schema, io).map((field) => (
        <FieldRow field={field} />
      ))}
    </dl>
  </details>
)

const FieldRow = ({ field }: { field: Field }) => (
  <>
    <dt class={`depth-${field.depth}`}>
      <code>{field.name}</code>
      {field.required ? null : <span class="type"> optional</span>}
    </dt>
    <dd>
      <span class="type">{field.type}</span>
      {field.description ? <span class="block">{field.description}</span> : null}
    </dd>
  </>
)

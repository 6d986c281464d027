/** The reference of endpoints: the table that routes and client are made of, laid out for reading. */
import { type Endpoint, HEADERS, TAGS } from '../../api/endpoint.ts'
import { endpoints } from '../../api/endpoints.ts'
import { InTurns } from '../parts/in-turns.tsx'
import { type Field, fieldsOf, type SchemaSource } from './schema-fields.ts'

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

const tags = Object.entries(TAGS)

const all: readonly (readonly [id: string, endpoint: Endpoint])[] = Object.entries(endpoints)

export const EndpointReference = () => (
  <>
    <h1>Endpoints</h1>
    <p>
      Bodies and answers are JSON. Objects are closed: unknown members are refused. Errors are RFC 9457 problem
      documents with a stable <a href="/docs#errors">code</a>. A credential travels as{' '}
      <code>Authorization: Bearer</code>. <a href="/openapi.json">openapi.json</a> describes the same for programs.
    </p>
    {tags.map(([tag, { title, subject }]) => (
      <section aria-labelledby={tag}>
        <h2 id={tag} class="section">
          {title} <span class="muted">{subject}</span>
        </h2>
        <InTurns parts={withTag(tag).map(([id, endpoint]) => <Operation id={id} endpoint={endpoint} />)} />
      </section>
    ))}
  </>
)

export const EndpointContents = () => (
  <ul>
    {tags.map(([tag, { title }]) => (
      <li>
        <a href={`#${tag}`}>{title}</a>
        <ul>
          {withTag(tag).map(([id, { method, path }]) => (
            <li>
              <a href={`#${id}`}>
                <Method method={method} /> {path}
              </a>
            </li>
          ))}
        </ul>
      </li>
    ))}
  </ul>
)

const withTag = (tag: string) => all.filter(([, endpoint]) => endpoint.tag === tag)

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
      {endpoint.description ? <p>{endpoint.description}</p> : null}
      {endpoint.headers ? <HeaderNames names={endpoint.headers} /> : null}
      {endpoint.body ? <Fields title="Body" schema={endpoint.body} io="input" /> : null}
      {endpoint.form ? <Fields title="Form" schema={endpoint.form} io="input" /> : null}
      {endpoint.response ? (
        <Fields title={`Response, ${endpoint.status}`} schema={endpoint.response} io="output" />
      ) : (
        <p class="muted">Response {endpoint.status}.</p>
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

const HeaderNames = ({ names }: { names: NonNullable<Endpoint['headers']> }) => (
  <details>
    <summary>Headers</summary>
    <dl class="fields">
      {names.map((name) => (
        <>
          <dt class="depth-0">
            <code>{name}</code> <span class="type">optional</span>
          </dt>
          <dd>{HEADERS[name].description}</dd>
        </>
      ))}
    </dl>
  </details>
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

/**
 * The documentation, open to everyone: guides and specification, the reference of endpoints, the list of error codes.
 */
import { ApprovalError, ERROR_CODES, ERROR_STATUS } from '@countersign/verifier'
import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { type Frame, Page } from '../frame/page.tsx'
import type { PageAccess } from '../frame/page-access.tsx'
import { EndpointContents, EndpointReference } from './endpoint-reference.tsx'
import { type Guide, guides } from './guides.gen.ts'

export function docsRoutes(pages: Hono, access: PageAccess): void {
  const all = [
    docsPage('/docs', 'Documentation', () => ({ children: <DocsOverview /> })),
    docsPage(ENDPOINTS_PATH, 'Endpoints', () => ({ contents: <EndpointContents />, children: <EndpointReference /> })),
    ...guides.map(guidePage),
  ]
  for (const { path, view } of all) pages.get(path, access.document(view))
}

const guidePage = ({ slug, title, sections }: Guide) =>
  docsPage(pathOf(slug), title, () => ({ contents: <Sections of={sections} />, children: <GuideText slug={slug} /> }))

/** Loaded late: the texts are the largest part of the pages, and few processes show them. */
async function GuideText({ slug }: { readonly slug: string }) {
  const { guideTexts } = await import('./guide-texts.gen.ts')
  return raw(guideTexts[slug] ?? '')
}

const Sections = ({ of }: { of: Guide['sections'] }) => (
  <ul>
    {of.map(({ id, title }) => (
      <li>
        <a href={`#${id}`}>{title}</a>
      </li>
    ))}
  </ul>
)

const DocsOverview = () => (
  <>
    <h1>Documentation</h1>
    <p>
      People consent to an agent’s action with a passkey. Executors refuse every call without an approval token for
      exactly that call.
    </p>
    <dl class="overview">
      {guides.map(({ slug, title, summary }) => (
        <>
          <dt>
            <a href={pathOf(slug)}>{title}</a>
          </dt>
          <dd>{summary}</dd>
        </>
      ))}
      <dt>
        <a href={ENDPOINTS_PATH}>Endpoints</a>
      </dt>
      <dd>Every call of the HTTP API, its fields and its refusals.</dd>
    </dl>
    <h2 id="errors">Error codes</h2>
    <p>
      Every refusal carries one of these codes. The list is closed. The message of a problem document says more about
      its case.
    </p>
    <section class="scroll" aria-label="Error codes">
      <table>
        <thead>
          <tr>
            <th>Code</th>
            <th>Status</th>
            <th>What to do next</th>
          </tr>
        </thead>
        <tbody>
          {ERROR_CODES.map((code) => (
            <tr id={code}>
              <td>
                <code>{code}</code>
              </td>
              <td>{ERROR_STATUS[code]}</td>
              <td>{new ApprovalError(code).message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  </>
)

interface DocsParts {
  /** Links to parts of this page. */
  readonly contents?: Child
  readonly children: Child
}

/** A page at its path. Its body is made when it is first asked for, since few processes show all of them. */
function docsPage(path: string, title: string, parts: () => DocsParts) {
  let body: string | undefined
  const view = async (frame: Frame) => {
    body ??= String(await html`${<Body path={path} {...parts()} />}`)
    return (
      <Page frame={frame} title={title}>
        {raw(body)}
      </Page>
    )
  }
  return { path, view }
}

const Body = ({ path, contents, children }: DocsParts & { readonly path: string }) => (
  <div class="docs">
    <details class="contents">
      <summary>Contents</summary>
      <nav aria-label="Documentation">
        <ul>
          {documents.map((document) => (
            <li>
              <a href={document.path} aria-current={document.path === path ? 'page' : undefined}>
                {document.title}
              </a>
              {document.path === path ? contents : null}
            </li>
          ))}
        </ul>
      </nav>
    </details>
    <main id="content" class="document">
      {children}
    </main>
  </div>
)

const ENDPOINTS_PATH = '/docs/endpoints'

const pathOf = (slug: string): string => `/docs/${slug}`

const documents = [
  { path: '/docs', title: 'Overview' },
  ...guides.map(({ slug, title }) => ({ path: pathOf(slug), title })),
  { path: ENDPOINTS_PATH, title: 'Endpoints' },
]

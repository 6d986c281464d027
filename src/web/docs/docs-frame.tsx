/**
 * The frame of every documentation page: the list of documents beside the one that is read.
 *
 * In: a page's title, contents and text. Out: its view, with the reader's frame around a body that is made once.
 * On a phone the list folds away above the text.
 */
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { type Frame, Page } from '../frame/page.tsx'
import { guides } from './guides.gen.ts'

interface DocsParts {
  /** Links to parts of this page. */
  readonly contents?: Child
  readonly children: Child
}

/** A page at its path. Its body is made when it is first asked for, since few processes show all of them. */
export function docsPage(path: string, title: string, parts: () => DocsParts) {
  let body: string | undefined
  const view = (frame: Frame) => {
    body ??= String(<Body path={path} {...parts()} />)
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

export const ENDPOINTS_PATH = '/docs/endpoints'

export const pathOf = (slug: string): string => `/docs/${slug}`

const documents = [
  { path: '/docs', title: 'Overview' },
  ...guides.map(({ slug, title }) => ({ path: pathOf(slug), title })),
  { path: ENDPOINTS_PATH, title: 'Endpoints' },
]

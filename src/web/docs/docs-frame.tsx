/**
 * The frame of every documentation page: the list of documents beside the one that is read.
 *
 * In: the current page's title, contents and HTML. Out: a whole page. On a phone the list folds away above the text.
 */
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { type Frame, Page } from '../frame/page.tsx'
import { guides } from './guides.gen.ts'

interface DocsFrameProps {
  readonly frame: Frame
  readonly title: string
  /** Path of this page. */
  readonly path: string
  /** Links to parts of this page. */
  readonly contents?: Child
  /** Made once, when it is first asked for, or at build time. */
  readonly html: string
}

export const DocsFrame = ({ frame, title, path, contents, html }: DocsFrameProps) => (
  <Page frame={frame} title={title}>
    <div class="docs">
      <details class="contents">
        <summary>Contents</summary>
        <nav aria-label="Documentation">
          <ul>
            {DOCUMENTS.map((document) => (
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
        {raw(html)}
      </main>
    </div>
  </Page>
)

export const ENDPOINTS_PATH = '/docs/endpoints'

export const pathOf = (slug: string): string => `/docs/${slug}`

const DOCUMENTS = [
  { path: '/docs', title: 'Overview' },
  ...guides.map(({ slug, title }) => ({ path: pathOf(slug), title })),
  { path: ENDPOINTS_PATH, title: 'Endpoints' },
]

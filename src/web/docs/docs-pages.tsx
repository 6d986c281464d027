/**
 * The documentation: guides and specification, the reference of endpoints, the list of error codes. Open to everyone.
 *
 * In: documents rendered at build time, the table of endpoints. Out: routes under `/docs`.
 */
import type { Hono } from 'hono'
import type { Frame } from '../frame/page.tsx'
import type { Door } from '../frame/page-access.tsx'
import { NOT_FOUND } from '../frame/problem-page.tsx'
import { DocsFrame, ENDPOINTS_PATH, pathOf } from './docs-frame.tsx'
import { DocsOverview } from './docs-overview.tsx'
import { EndpointContents, EndpointReference } from './endpoint-reference.tsx'
import { type Guide, guides } from './guides.gen.ts'

export function docsRoutes(pages: Hono, door: Door): void {
  const overview = once(() => String(<DocsOverview />))
  const reference = once(() => String(<EndpointReference />))
  pages.get(
    '/docs',
    door.open((frame) => <DocsFrame frame={frame} title="Documentation" path="/docs" html={overview()} />),
  )
  pages.get(
    ENDPOINTS_PATH,
    door.open((frame) => (
      <DocsFrame
        frame={frame}
        title="Endpoints"
        path={ENDPOINTS_PATH}
        contents={<EndpointContents />}
        html={reference()}
      />
    )),
  )
  pages.get(
    pathOf(':guide'),
    door.open((frame, c) => {
      const guide = guides.find(({ slug }) => slug === c.req.param('guide'))
      return guide ? guidePage(frame, guide) : NOT_FOUND
    }),
  )
}

const guidePage = (frame: Frame, { slug, title, sections, html }: Guide) => (
  <DocsFrame frame={frame} title={title} path={pathOf(slug)} contents={<Sections of={sections} />} html={html} />
)

const Sections = ({ of }: { of: Guide['sections'] }) => (
  <ul>
    {of.map(({ id, title }) => (
      <li>
        <a href={`#${id}`}>{title}</a>
      </li>
    ))}
  </ul>
)

/** Makes a text when it is first asked for, and keeps it. */
function once(make: () => string): () => string {
  let made: string | undefined
  return () => {
    made ??= make()
    return made
  }
}

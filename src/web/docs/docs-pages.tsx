/**
 * The documentation: guides and specification, the reference of endpoints, the list of error codes. Open to everyone.
 *
 * In: documents rendered at build time, the table of endpoints. Out: routes under `/docs`.
 */
import type { Hono } from 'hono'
import { raw } from 'hono/html'
import type { PageAccess } from '../frame/page-access.tsx'
import { docsPage, ENDPOINTS_PATH, pathOf } from './docs-frame.tsx'
import { DocsOverview } from './docs-overview.tsx'
import { EndpointContents, EndpointReference } from './endpoint-reference.tsx'
import { type Guide, guides } from './guides.gen.ts'

export function docsRoutes(pages: Hono, access: PageAccess): void {
  const all = [
    docsPage('/docs', 'Documentation', () => ({ children: <DocsOverview /> })),
    docsPage(ENDPOINTS_PATH, 'Endpoints', () => ({ contents: <EndpointContents />, children: <EndpointReference /> })),
    ...guides.map(guidePage),
  ]
  for (const { path, view } of all) pages.get(path, access.open(view))
}

const guidePage = ({ slug, title, sections, html }: Guide) =>
  docsPage(pathOf(slug), title, () => ({ contents: <Sections of={sections} />, children: raw(html) }))

const Sections = ({ of }: { of: Guide['sections'] }) => (
  <ul>
    {of.map(({ id, title }) => (
      <li>
        <a href={`#${id}`}>{title}</a>
      </li>
    ))}
  </ul>
)

/**
 * Renders the documents of this folder to the HTML that the authority serves under `/docs`. Runs at build time.
 *
 * In: Markdown files, in the order of `DOCUMENTS`. Out: slug, title, summary, sections and HTML of each.
 * Raw HTML in Markdown stays text. A link to a file that is not served keeps its text and loses its address.
 */
import { readFileSync } from 'node:fs'
import MarkdownIt from 'markdown-it'

/** In the order in which a reader needs them. */
export const DOCUMENTS = [
  'how-it-works',
  'deploy',
  'integrate',
  'approve',
  'stop',
  'audit',
  'settings',
  'specification',
  'security',
  'performance',
  'changes',
]

/** All documents, rendered. */
export const renderDocuments = () =>
  DOCUMENTS.map((slug) => renderDocument(slug, readFileSync(new URL(`${slug}.md`, import.meta.url), 'utf8')))

/** One document. Throws `TypeError` where the title or the opening paragraph is missing. */
export function renderDocument(slug, markdown) {
  const tokens = parser.parse(markdown, {})
  const [title, summary] = [tokens[1], tokens[4]]
  if (tokens[0]?.tag !== 'h1' || tokens[3]?.tag !== 'p')
    throw new TypeError(`${slug}.md: open with a title and a paragraph`)
  const headings = nameHeadings(tokens)
  for (const token of tokens) (token.children ?? []).forEach(serveLink)
  return {
    slug,
    title: textOf(title),
    summary: textOf(summary),
    sections: headings.filter(({ level }) => level === 2).map(({ id, text }) => ({ id, title: text })),
    html: parser.renderer.render(tokens, parser.options, {}),
  }
}

/** The ids of a document's headings, as links name them. */
export const anchorsOf = (markdown) => nameHeadings(parser.parse(markdown, {})).map(({ id }) => id)

/** Where each link and image of a document leads, as written. */
export const targetsOf = (markdown) =>
  parser
    .parse(markdown, {})
    .flatMap(({ children }) => children ?? [])
    .map((token) => token.attrGet('href') ?? token.attrGet('src'))
    .filter((target) => target !== null)

/** Code blocks of a document: their language and text. */
export const blocksOf = (markdown) =>
  parser
    .parse(markdown, {})
    .filter(({ type }) => type === 'fence')
    .map(({ info, content, map }) => ({ language: info, text: content, line: (map?.[0] ?? 0) + 1 }))

/** Rows of a document's tables: the source text of each cell, without the rows that name the columns. */
export function tableRowsOf(markdown) {
  const rows = []
  let isBody = false
  for (const { type, content } of parser.parse(markdown, {})) {
    if (type === 'tbody_open') isBody = true
    if (type === 'tbody_close') isBody = false
    if (isBody && type === 'tr_open') rows.push([])
    if (isBody && type === 'inline') rows.at(-1)?.push(content)
  }
  return rows
}

const parser = new MarkdownIt({ html: false })
const scrollable = 'class="scroll" role="region" tabindex="0"'
parser.renderer.rules.table_open = () => `<div ${scrollable} aria-label="Table"><table>`
parser.renderer.rules.table_close = () => '</table></div>'
parser.renderer.rules.fence = (tokens, at) =>
  `<pre ${scrollable} aria-label="Code">${parser.utils.escapeHtml(tokens[at].content)}</pre>\n`

const textOf = ({ children }) => children.map(({ content }) => content).join('')

/** Gives every heading the id that GitHub gives it, so that one link works in both places. */
function nameHeadings(tokens) {
  const taken = new Map()
  return tokens.flatMap((token, at) => {
    if (token.type !== 'heading_open') return []
    const text = textOf(tokens[at + 1])
    const slug = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    const count = taken.get(slug) ?? 0
    taken.set(slug, count + 1)
    const id = count === 0 ? slug : `${slug}-${count}`
    token.attrSet('id', id)
    return [{ level: Number(token.tag.slice(1)), id, text }]
  })
}

/** `stop.md#x` is `/docs/stop#x` here. Files of the repository are not served: their names remain. */
function serveLink(token, at, siblings) {
  const href = token.attrGet('href')
  if (href === null || /^(https?:|#|\/)/.test(href)) return
  const [, slug, anchor = ''] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? []
  if (DOCUMENTS.includes(slug)) return token.attrSet('href', `/docs/${slug}${anchor}`)
  const close = siblings.slice(at).find(({ type, level }) => type === 'link_close' && level === token.level)
  token.attrs = []
  for (const end of [token, close]) end.tag = 'span'
}

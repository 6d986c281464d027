// @ts-check
/**
 * Renders the documents of this folder to the HTML that the authority serves under `/docs`. Runs at build time.
 *
 * In: Markdown files, in the order of `DOCUMENTS`. Out: slug, title, summary, sections and HTML of each.
 * Raw HTML in Markdown stays text. A link to a file that is not served keeps its text and loses its address.
 */
import { readFileSync } from 'node:fs'
import MarkdownIt from 'markdown-it'

/** @typedef {import('markdown-it').Token} Token */

/** In the order in which a reader needs them. */
export const DOCUMENTS = [
  'how-it-works',
  'deploy',
  'production',
  'integrate',
  'mcp',
  'frameworks',
  'coding-agents',
  'policy',
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

/**
 * One document. Throws `TypeError` where the title or the opening paragraph is missing.
 *
 * @param {string} slug
 * @param {string} markdown
 */
export function renderDocument(slug, markdown) {
  const tokens = parse(markdown)
  const [opening, title, , paragraph, summary] = tokens
  if (opening?.tag !== 'h1' || paragraph?.tag !== 'p')
    throw new TypeError(`${slug}.md: open with a title, then a paragraph`)
  for (const { children } of tokens) children?.forEach(serveLink)
  return {
    slug,
    title: textOf(title),
    summary: textOf(summary),
    sections: headingsOf(tokens).flatMap(({ level, id, text }) => (level === 2 ? [{ id, title: text }] : [])),
    html: parser.renderer.render(tokens, parser.options, {}),
  }
}

/**
 * The tokens of a document, in which every heading has the id that GitHub gives it: one link works in both places.
 *
 * @param {string} markdown
 */
export function parse(markdown) {
  const tokens = parser.parse(markdown, {})
  for (const { token, id } of headingsOf(tokens)) token.attrSet('id', id)
  return tokens
}

/**
 * The headings among these tokens.
 *
 * @param {readonly Token[]} tokens
 */
export function headingsOf(tokens) {
  /** @type {Map<string, number>} */
  const taken = new Map()
  return tokens.flatMap((token, at) => {
    if (token.type !== 'heading_open') return []
    const text = textOf(tokens[at + 1])
    const slug = slugOf(text)
    const count = taken.get(slug) ?? 0
    taken.set(slug, count + 1)
    return [{ token, level: Number(token.tag.slice(1)), id: count === 0 ? slug : `${slug}-${count}`, text }]
  })
}

/** @param {string} text */
const slugOf = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

const parser = new MarkdownIt({ html: false })
const scrollable = 'class="scroll" role="group" tabindex="0"'
parser.renderer.rules['table_open'] = () => `<div ${scrollable} aria-label="Table"><table>`
parser.renderer.rules['table_close'] = () => '</table></div>'
/** @type {(tokens: Token[], at: number) => string} */
const code = (tokens, at) =>
  `<pre ${scrollable} aria-label="Code">${parser.utils.escapeHtml(tokens[at]?.content ?? '')}</pre>\n`
parser.renderer.rules['fence'] = code
parser.renderer.rules['code_block'] = code

/** @param {Token | undefined} inline */
const textOf = (inline) => inline?.children?.map(({ content }) => content).join('') ?? ''

/**
 * `stop.md#x` is `/docs/stop#x` here. Other files of the repository are not served.
 *
 * @param {Token} token
 * @param {number} at
 * @param {readonly Token[]} siblings
 */
function serveLink(token, at, siblings) {
  const href = String(token.attrGet('href') ?? '#')
  if (/^(https?:|#)/.test(href)) return
  const [, slug = '', anchor = ''] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? []
  if (DOCUMENTS.includes(slug)) return token.attrSet('href', `/docs/${slug}${anchor}`)
  const close = siblings.slice(at).find(({ type, level }) => type === 'link_close' && level === token.level)
  token.attrs = []
  token.tag = 'span'
  if (close) close.tag = 'span'
}

/** The documents under test: README, the packages' READMEs and everything in src/docs, with what they hold. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DOCUMENTS, headingsOf, parse } from '../../src/docs/render.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Document {
  /** Path from the root. */
  readonly path: string
  readonly folder: string
  readonly text: string
  /** Ids of headings. */
  readonly anchors: readonly string[]
  /** Where links lead, as written. */
  readonly targets: readonly string[]
  /** Code blocks. */
  readonly blocks: readonly { readonly language: string; readonly text: string; readonly line: number }[]
  /** Cells of all tables as written, without the rows that name the columns. */
  readonly rows: readonly (readonly string[])[]
}

const PATHS = [
  'README.md',
  'src/verifier/README.md',
  'src/client/README.md',
  'src/python/README.md',
  'test/vectors/README.md',
  ...DOCUMENTS.map((slug) => `src/docs/${slug}.md`),
]

export const documents: readonly Document[] = PATHS.filter((path) => existsSync(join(root, path))).map(read)

export function read(path: string): Document {
  const text = readFileSync(join(root, path), 'utf8')
  const tokens = parse(text)
  return {
    path,
    folder: dirname(join(root, path)),
    text,
    anchors: headingsOf(tokens).map(({ id }) => id),
    targets: tokens.flatMap(({ children }) => (children ?? []).flatMap((token) => String(token.attrGet('href') ?? []))),
    blocks: tokens.flatMap(({ type, info, content, map }) =>
      type === 'fence' ? [{ language: info, text: content, line: (map?.[0] ?? 0) + 1 }] : [],
    ),
    rows: rowsOf(tokens),
  }
}

export const fromRoot = (path: string): string => relative(root, path)

function rowsOf(tokens: ReturnType<typeof parse>): string[][] {
  const rows: string[][] = []
  let isBody = false
  for (const { type, content } of tokens) {
    if (type === 'tbody_open' || type === 'tbody_close') isBody = type === 'tbody_open'
    if (isBody && type === 'tr_open') rows.push([])
    if (isBody && type === 'inline') rows.at(-1)?.push(content)
  }
  return rows
}

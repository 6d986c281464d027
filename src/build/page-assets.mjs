/**
 * Builds what the pages need: their scripts, style sheet and images as one module, the documents of src/docs as two.
 * build.mjs runs it.
 */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { renderDocuments } from '../docs/render.mjs'
import { replaceIfChanged } from './replace-if-changed.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const web = join(root, 'src/web')

const types = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
}

/** Resolves to a line that says what was built. */
export async function buildAssets() {
  const sources = [...browserScripts(), styleSheet, ...staticFiles()]
  const assets = Object.fromEntries((await Promise.all(sources.map(assetOf))).map((asset) => [asset.name, asset]))
  replaceIfChanged(join(web, 'frame/assets.gen.ts'), assetModule(assets))
  const guides = renderDocuments()
  replaceIfChanged(join(web, 'docs/guides.gen.ts'), guideModule(guides))
  replaceIfChanged(join(web, 'docs/guide-texts.gen.ts'), guideTextModule(guides))
  return `${Object.keys(assets).join(', ')} → src/web/frame/assets.gen.ts, src/docs → src/web/docs/guide*.gen.ts`
}

const browserScripts = () =>
  filesIn(join(web, 'browser'), ['.ts']).filter((file) => !/^_|\.d\.ts$/.test(basename(file)))
const styleSheet = join(web, 'look.css')
const staticFiles = () => filesIn(join(web, 'static'), ['.svg', '.png'])

function filesIn(folder, extensions) {
  return fs
    .readdirSync(folder)
    .filter((name) => extensions.includes(extname(name)))
    .sort()
    .map((name) => join(folder, name))
}

async function assetOf(file) {
  const bundled = ['.ts', '.css'].includes(extname(file))
  const body = bundled ? await minified(file) : fs.readFileSync(file)
  const extension = extname(file).replace('.ts', '.js')
  const stem = basename(file, extname(file))
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 8)
  const isText = types[extension].endsWith('utf-8')
  const base64 = (isText ? gzipSync(body, { level: 9 }) : body).toString('base64')
  return { name: stem + extension, path: `/assets/${stem}.${hash}${extension}`, type: types[extension], isText, base64 }
}

async function minified(file) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    conditions: ['countersign-source'],
    legalComments: 'none',
    external: ['/assets/*'],
    write: false,
  })
  return outputFiles[0].text
}

function assetModule(assets) {
  const entries = Object.values(assets).map(
    ({ name, ...asset }) => `  ${JSON.stringify(name)}: ${JSON.stringify(asset)},\n`,
  )
  return `// The pages' scripts, style sheet and images, made by src/build/page-assets.mjs: change the sources, not this file.
export interface Asset {
  readonly path: string
  readonly type: string
  /** Compressed with gzip before it was encoded. */
  readonly isText: boolean
  readonly base64: string
}
export const assets: Readonly<Record<string, Asset>> = {
${entries.join('')}}
`
}

const guideModule = (
  guides,
) => `// The contents of src/docs, made by src/build/page-assets.mjs: change the documents, not this file.
export interface Guide {
  readonly slug: string
  readonly title: string
  readonly summary: string
  readonly sections: readonly { readonly id: string; readonly title: string }[]
}
export const guides: readonly Guide[] = [
${guides.map(({ html: _html, ...guide }) => `  ${JSON.stringify(guide)},\n`).join('')}]
`

/** A module of its own, which is read when somebody opens a document. */
const guideTextModule = (
  guides,
) => `// src/docs as HTML, made by src/build/page-assets.mjs: change the documents, not this file.
export const guideTexts: Readonly<Record<string, string>> = {
${guides.map(({ slug, html }) => `  ${JSON.stringify(slug)}: ${JSON.stringify(html)},\n`).join('')}}
`

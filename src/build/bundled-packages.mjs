/**
 * Puts the installed packages into the command's bundle, and writes their licences next to it. One file instead of a
 * thousand is read faster, and holds only what is used.
 */
import * as fs from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** They load WebAssembly from their own folder. */
const LOADS_OWN_FILES = ['@cedar-policy/cedar-wasm', '@electric-sql/pglite', 'libpg-query']

const FROM_PACKAGE = /^[^./#]/
const OWN = /^@countersign\//

/**
 * What our sources import and package.json does not list as a dependency stays outside, too: the demo looks for it when
 * it runs.
 */
export function bundledPackages() {
  const { dependencies } = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8'))
  const isOutside = (name) => LOADS_OWN_FILES.includes(name) || !Object.hasOwn(dependencies, name)
  return {
    name: 'bundled-packages',
    setup(build) {
      build.onResolve({ filter: FROM_PACKAGE }, ({ path, kind, importer, namespace }) => {
        if (kind === 'entry-point' || OWN.test(path)) return undefined
        if (isBuiltin(path)) return kind === 'require-call' ? { path, namespace: REQUIRED } : { path, external: true }
        if (namespace === 'file' && !importer.includes('/node_modules/') && isOutside(packageOf(path)))
          return { path, external: true }
        return undefined
      })
      requireByImport(build)
      for (const [filter, contents] of IN_PART) build.onLoad({ filter }, () => ({ contents }))
    },
  }
}

/** What no bundler takes apart, in the part that is used. */
const IN_PART = [
  // Zod exports its words in fifty languages as one object.
  [/[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/, "export { default as en } from './en.js'"],
  // Limits in memory, without those in twenty databases.
  [
    /[/\\]rate-limiter-flexible[/\\]index\.js$/,
    ['RateLimiterMemory', 'RateLimiterRes'].map((name) => `exports.${name} = require('./lib/${name}')`).join('\n'),
  ],
  // prom-client asks it which trace an exemplar belongs to; there are no exemplars here.
  [/[/\\]@opentelemetry[/\\]api[/\\]dist[/\\]index\.[cm]?js$/, ''],
]

const REQUIRED = 'required-builtin'
const IMPORTED = 'imported-builtin'

/** An ES module has no `require`: CommonJS gets modules of Node from an import. */
function requireByImport(build) {
  build.onResolve({ filter: /^import:/, namespace: REQUIRED }, ({ path }) => ({
    path: path.slice('import:'.length),
    namespace: IMPORTED,
  }))
  build.onLoad({ filter: /^/, namespace: REQUIRED }, ({ path }) => ({
    contents: `module.exports = require('import:${path}').default`,
  }))
  build.onLoad({ filter: /^/, namespace: IMPORTED }, ({ path }) => ({ contents: `export { default } from '${path}'` }))
}

const packageOf = (path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path

/** The licence of each package of which the bundle holds code, as its authors demand. */
export function licencesOf({ outputs }) {
  const folders = new Set()
  for (const { inputs } of Object.values(outputs))
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder)
    }
  return [...folders]
    .sort()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function licenceOf(folder) {
  const path = join(root, folder)
  const { name, version, license } = JSON.parse(fs.readFileSync(join(path, 'package.json'), 'utf8'))
  const files = fs.readdirSync(path).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
  if (files.length === 0 && license === undefined) throw new Error(`${name} has no licence`)
  const texts = files.sort().map((file) => `\n${fs.readFileSync(join(path, file), 'utf8').trim()}\n`)
  return `${name} ${version} (${license})\n${texts.join('')}`
}

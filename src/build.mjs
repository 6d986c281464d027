#!/usr/bin/env node
/**
 * Builds the pages' assets, the OpenAPI document, the command with the files of a new database, and the two packages:
 * `node src/build.mjs [assets] [description] [command] [database] [verifier] [client]`.
 *
 * It checks the types of the packages only, since declarations are part of them; `npm run typecheck` checks all.
 */
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildDescription } from './build/api-description.mjs'
import { bundledPackages, licencesOf } from './build/bundled-packages.mjs'
import { buildAssets } from './build/page-assets.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The published packages, each after those whose declarations it needs. */
const packages = {
  verifier: {
    sources: 'src/verifier',
    dist: 'src/verifier/dist',
    entries: [
      'index',
      'authority-side',
      'live/live',
      'proof/proof',
      'state/finders',
      'catalogue/publish',
      'adapters/fetch',
      'adapters/hono',
      'adapters/express',
      'adapters/fastify',
      'adapters/queue',
      'adapters/mcp',
      'adapters/door',
      'platform/node',
      'platform/web',
    ],
  },
  client: {
    sources: 'src/client/agent',
    dist: 'src/client/dist',
    entries: [
      'index',
      'frameworks/ai-sdk',
      'frameworks/openai-agents',
      'frameworks/langchain',
      'frameworks/claude-agent',
    ],
  },
}

const parts = {
  assets: buildAssets,
  description: buildDescription,
  command: buildCommand,
  database: buildDatabase,
  verifier: () => buildPackage(packages.verifier),
  client: () => buildPackage(packages.client),
}
async function main(wanted) {
  const unknown = wanted.filter((name) => !Object.hasOwn(parts, name))
  if (unknown.length)
    throw new TypeError(`no such part: ${unknown.join(', ')} (there are ${Object.keys(parts).join(', ')})`)
  for (const name of wanted.length ? wanted : Object.keys(parts)) await report(name)
}

/** One line per part; a part that fails does not keep the others from being built. */
async function report(name) {
  const start = performance.now()
  try {
    const made = await parts[name]()
    console.log(`${name}: ${made} (${Math.round(performance.now() - start)} ms)`)
  } catch (error) {
    console.error(`${name}: failed\n${error.message}`)
    process.exitCode = 1
  }
}

async function buildCommand() {
  const outdir = join(root, 'dist')
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      countersign: 'src/cli/main.ts',
      'audit-thread': 'src/cli/audit/audit-thread.ts',
      'draft-thread': 'src/node/drafts/draft-thread.ts',
      hook: 'src/coding/hook/hook-main.ts',
    },
    outdir,
    bundle: true,
    // Each command is a file of its own, which is read when the command runs.
    splitting: true,
    chunkNames: '[name]-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node20.12',
    conditions: ['countersign-source'],
    plugins: [bundledPackages()],
    metafile: true,
    legalComments: 'none',
    ...shortButLegible,
    sourcemap: 'linked',
    logLevel: 'silent',
    write: false,
  })
  replaceModules(outdir, outputFiles.map(inAscii))
  fs.writeFileSync(join(outdir, 'third-party-licences.txt'), licencesOf(metafile))
  fs.chmodSync(join(outdir, 'countersign.js'), 0o755)
  copyMigrations()
  fs.cpSync(join(root, 'src/proxy/nginx'), join(outdir, 'nginx'), { recursive: true })
  return 'dist/countersign.js, dist/audit-thread.js, dist/draft-thread.js, dist/hook.js'
}

/** V8 keeps the text of each module. Names and lines stay, for the stack of an error. */
const shortButLegible = { minifyWhitespace: true, minifySyntax: true, lineLimit: 200 }

/**
 * With one character beyond Latin-1, V8 holds a whole module in twice the memory. esbuild escapes strings; regular
 * expressions are left.
 */
const inAscii = ({ path, contents, text }) => ({
  path,
  contents: path.endsWith('.js') ? text.replace(/[^\0-\x7f]/g, escaped) : contents,
})

const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

function copyMigrations() {
  const to = join(root, 'dist/drizzle')
  fs.rmSync(to, { recursive: true, force: true })
  fs.cpSync(join(root, 'drizzle'), to, { recursive: true })
}

/** The files of an empty database, of which a new data directory gets a copy; made anew for another PGlite only. */
async function buildDatabase() {
  const folder = join(root, 'dist/new-database')
  const stamp = join(root, 'dist/new-database.version')
  const manifest = join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')), '../package.json')
  const { version } = JSON.parse(fs.readFileSync(manifest, 'utf8'))
  if (fs.existsSync(folder) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === version)
    return 'dist/new-database'
  const draft = `${folder}.${process.pid}`
  const { PGlite } = await import('@electric-sql/pglite')
  await (await PGlite.create(draft)).close()
  fs.rmSync(folder, { recursive: true, force: true })
  fs.renameSync(draft, folder)
  fs.writeFileSync(stamp, version)
  return 'dist/new-database'
}

async function buildPackage({ sources, dist, entries }) {
  // Not incrementally: a build that believes its buildinfo writes nothing where dist was deleted.
  const options = ['--composite', 'false', '--incremental', 'false', '--tsBuildInfoFile', 'null', '--declaration']
  const { status, stdout, stderr } = spawnSync(process.execPath, [typescript(), '-p', dirname(dist), ...options], {
    cwd: root,
    encoding: 'utf8',
  })
  removeOrphans(join(root, dist), join(root, sources))
  if (status !== 0) throw new Error(stdout + stderr)
  await joinModules(join(root, dist), entries)
  return dist
}

/** Few files instead of fifty: an executor that starts cold reads them three times as fast. Types stay as they are. */
async function joinModules(dist, entries) {
  const { outputFiles } = await build({
    absWorkingDir: dist,
    entryPoints: entries.map((entry) => `${entry}.js`),
    outdir: dist,
    bundle: true,
    splitting: true,
    chunkNames: 'shared-[hash]',
    format: 'esm',
    target: 'es2022',
    packages: 'external',
    external: ['#platform'],
    write: false,
  })
  replaceModules(dist, outputFiles)
}

/** Writes the modules of a build, and removes those of the build before. */
function replaceModules(dist, modules) {
  fs.mkdirSync(dist, { recursive: true })
  for (const { path, contents } of modules) fs.writeFileSync(path, contents)
  const current = new Set(modules.map(({ path }) => path))
  const stale = filesBelow(dist).filter((file) => /\.js(\.map)?$/.test(file) && !current.has(file))
  for (const file of stale) fs.rmSync(file)
}

function typescript() {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  return join(dirname(manifest), 'bin/tsc')
}

const filesBelow = (folder) =>
  (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, withFileTypes: true }) : [])
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** The output of a deleted source would otherwise be published. */
function removeOrphans(dist, sources) {
  for (const file of filesBelow(dist)) {
    const source = join(sources, relative(dist, file).replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'))
    if (!fs.existsSync(source)) fs.rmSync(file)
  }
}

await main(process.argv.slice(2))

/**
 * Which part may import which: the layout of src, as data, held against every import in it.
 *
 * A row names a part and all it may import; `type x` allows types only. Every package names the parts that may use it,
 * so a new one has to be placed here first. Imports are found by pattern: dynamic ones only where the name is written out.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const verifier = '@countersign/verifier'
const proof = '@countersign/verifier/proof'

/** Each stage may import all that follow it. */
const stages = ['redemption', 'control', 'token', 'consent', 'approval', 'policy', 'notify', 'identity', 'action']
const stageTypes = [...stages, 'ledger'].map((stage) => `type ${stage}`)

/** The files that read the clock and the store, and call the stages; services.ts holds their types. */
const shell = [
  'way',
  'authority',
  'access',
  'administration',
  'stopping',
  'revoking',
  'reviewing',
  'auditing',
  'discovery',
  'notifications',
]
const shellTypes = [...stageTypes, 'type store', 'type config']

const parts: Record<string, readonly string[]> = {
  'verifier/proof': [],
  verifier: ['verifier/proof'],
  ...Object.fromEntries(stages.map((stage, at) => [stage, [...stages.slice(at + 1), 'type ledger', verifier]])),
  ledger: [proof, verifier],
  store: [...stageTypes, verifier],
  config: [...stageTypes, verifier],
  services: [...shellTypes, verifier, proof],
  ...Object.fromEntries(
    shell.map((file) => [file, [...stages, 'ledger', 'services', ...shell, 'api', ...shellTypes, verifier, proof]]),
  ),
  api: ['action', 'type approval', 'type control', 'type identity', 'type ledger', 'type notify', verifier],
  http: [...shell, 'action', 'identity', 'services', 'api', 'type config', ...stageTypes, verifier, proof],
  web: [...shell, 'services', 'api', 'action', 'type config', ...stageTypes, verifier],
  'web/browser': ['type api', verifier, proof],
  audit: [verifier, proof],
  client: ['api', 'action', verifier],
  mcp: ['client', 'api', 'action', verifier],
  compose: ['*'],
  'node/cli': ['node', 'config', 'mcp', 'client', 'audit', 'api', 'action', verifier, proof],
  node: ['*'],
  worker: ['*'],
}

const packages: Record<string, readonly string[]> = {
  jose: ['token', 'verifier'],
  '@simplewebauthn/server': ['consent'],
  '@simplewebauthn/browser': ['web/browser'],
  hono: ['http', 'web', 'worker'],
  '@hono/node-server': ['node'],
  zod: ['api', 'config', 'http'],
  'zod-openapi': ['api'],
  'drizzle-orm': ['store', 'node', 'worker'],
  postgres: ['store', 'node', 'worker'],
  '@electric-sql/pglite': ['store', 'node'],
  '@cedar-policy/cedar-wasm': ['policy'],
  'rate-limiter-flexible': ['http', 'store'],
  diff: ['action', 'web', 'node/cli'],
  uqr: ['web', 'web/browser', 'node/cli'],
  'web-push': ['notify'],
  'ipaddr.js': ['notify'],
  nodemailer: ['node'],
  'playwright-core': ['node'],
  commander: ['node/cli'],
  '@clack/prompts': ['node/cli'],
  pino: ['node'],
  esbuild: ['node'],
  'cloudflare:workers': ['worker'],
}

/** By file below src: what each one imports that it may not. */
function violations(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([file, source]) =>
    importsOf(source)
      .filter(({ specifier, typeOnly }) => !isAllowed(file, specifier, typeOnly))
      .map(({ specifier, typeOnly }) => `${file} imports ${typeOnly ? 'type ' : ''}${specifier}`),
  )
}

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

function importsOf(source: string): Import[] {
  const code = source.replace(/^\s*(\/\/.*|\/\*[\s\S]*?\*\/)/gm, '')
  const statements = code.matchAll(
    /^\s*(?:import|export)\b(?<what>[\w\s{},*$]*)\bfrom\s*['"](?<specifier>[^'"]+)['"]/gm,
  )
  const bare = code.matchAll(/(?:^\s*import\s*|\bimport\(\s*)['"](?<specifier>[^'"\n]+)['"]/gm)
  return [...statements, ...bare].map(({ groups }) => ({
    specifier: groups?.specifier ?? '',
    typeOnly: importsTypesOnly(groups?.what?.trim()),
  }))
}

function importsTypesOnly(what: string | undefined): boolean {
  if (what?.startsWith('type')) return true
  const names = what
    ?.match(/^\{([^}]*)\}$/)?.[1]
    ?.split(',')
    .filter((name) => name.trim())
  return names?.every((name) => name.trim().startsWith('type ')) ?? false
}

function isAllowed(file: string, specifier: string, typeOnly: boolean): boolean {
  const from = partOf(file)
  if (specifier.startsWith('node:')) return from === 'node' || from === 'node/cli'
  if (!specifier.startsWith('.') && !specifier.startsWith(verifier)) {
    return packages[packageOf(specifier)]?.includes(from) ?? false
  }
  const to = specifier.startsWith('.') ? partOf(posix.join(dirname(file), specifier)) : libraryOf(specifier)
  if (to === from) return true
  const allowed = parts[from] ?? []
  // The verifier is imported by its name even from here, as strangers import it: a path into it is nobody's.
  if (allowed.includes('*')) return to !== 'verifier' && to !== 'verifier/proof'
  return allowed.includes(to) || (typeOnly && allowed.includes(`type ${to}`))
}

/** The part a file belongs to: the longest that is named above, else its top folder, or itself directly in src. */
function partOf(file: string): string {
  const [folder = '', inner = ''] = file.replace(/\.\w+$/, '').split('/')
  return `${folder}/${inner}` in parts ? `${folder}/${inner}` : folder
}

const libraryOf = (specifier: string) => (specifier === proof ? proof : verifier)
const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

const src = fileURLToPath(new URL('../src', import.meta.url))
const paths = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => !/(^|\/)(dist|node_modules)(\/|$)/.test(path))
const files = paths.filter((path) => /\.(tsx?|mjs)$/.test(path))
const sources = new Map(files.map((file) => [file, readFileSync(join(src, file), 'utf8')]))

describe('the layout of src', () => {
  it('has no import against the direction of the parts', () => {
    expect(violations(sources)).toEqual([])
  })

  it('has no part without a row here', () => {
    expect([...new Set(files.map(partOf))].filter((part) => !(part in parts))).toEqual([])
  })

  it('has no drawer for odds and ends', () => {
    expect(paths.filter((path) => /(^|\/)(utils?|helpers?|common)(\/|\.ts$|$)/.test(path))).toEqual([])
  })
})

describe('the check itself', () => {
  const check = (file: string, source: string) => violations(new Map([[file, source]]))

  it.each([
    ['a stage to the left', 'action/parse.ts', "import { mint } from '../token/mint.ts'"],
    ['the store, from a stage', 'token/mint.ts', "import type { Store } from '../store/store.ts'"],
    ['the store as a value', 'authority.ts', "import { openStore } from './store/open.ts'"],
    ['the ledger as a value', 'token/mint.ts', "import { type Entry, append } from '../ledger/append.ts'"],
    ['a line wrapped import', 'policy/decide.ts', "import {\n  mint,\n  type Key,\n} from '../token/mint.ts'"],
    ['a re-export', 'api/paths.ts', "export * from '../authority.ts'"],
    ['an import for its effects', 'action/parse.ts', "import '../http/app.ts'"],
    ['a dynamic import', 'client/client.ts', "const late = await import('../store/store.ts')"],
    ['jose outside token and verifier', 'consent/verify.ts', "import { jwtVerify } from 'jose'"],
    ['a subpath of hono', 'node/server.ts', "import { cors } from 'hono/cors'"],
    ['a package nobody placed', 'action/parse.ts', "import pad from 'left-pad'"],
    ['Node outside node', 'store/open.ts', "import { join } from 'node:path'"],
    ['anything, from the proofs', 'verifier/proof/tree.ts', "import { sha256 } from '../encoding.ts'"],
    ['hono types, from the verifier', 'verifier/adapters/hono.ts', "import type { Context } from 'hono'"],
    ['the verifier by path', 'worker/main.ts', "import { verify } from '../verifier/verify.ts'"],
  ])('reports %s', (_, file, source) => {
    expect(check(file, source)).toHaveLength(1)
  })

  it.each([
    ['a stage to the right', 'redemption/redeem.ts', "import { mint } from '../token/mint.ts'"],
    ['types of the ledger', 'token/mint.ts', "import { type LedgerReceipt } from '../ledger/append.ts'"],
    ['the type of the store', 'authority.ts', "import type { Store } from './store/store.ts'"],
    ['the own part', 'verifier/proof/tree.ts', "import { leafHash } from './hash.ts'"],
    ['anything of ours, at a root', 'worker/main.ts', "import { openStore } from '../store/open.ts'"],
    [
      'a path that ends in import',
      'verifier/passkey.ts',
      "import { a } from './key-import'\nimport { b } from './der.ts'",
    ],
    ['what only a comment names', 'action/parse.ts', "// import x from '../store/store.ts'"],
  ])('allows %s', (_, file, source) => {
    expect(check(file, source)).toEqual([])
  })
})

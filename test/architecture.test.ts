/**
 * Which part may import which: the layout of src, as data, held against every import in it.
 *
 * A row names a part and all it may import; `type x` allows types only. A permission that no import uses fails, as does a
 * cycle: between parts, between the folders of a part, between files. Every package names the parts that may use it, so a
 * new one has to be placed here first. Imports are found by pattern: dynamic ones only where the name is written out.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const verifier = '@countersign/verifier'
const proof = '@countersign/verifier/proof'

/** The pure rules, each folder after those it may import; nothing else but the verifier is known to them. */
const domain = [
  'refusal',
  'server-event',
  'turns',
  'action',
  'catalogue',
  'identity',
  'policy',
  'coding',
  'approval',
  'consent',
  'ledger',
  'scim',
  'token',
  'stop',
  'notify',
]

const parts: Record<string, readonly string[]> = {
  'verifier/platform': [],
  'verifier/proof': ['verifier/platform'],
  verifier: ['verifier/platform'],
  'domain/refusal': [`type ${verifier}`],
  'domain/config-fault': [],
  'domain/server-event': [],
  'domain/turns': [],
  'domain/hex': [],
  'domain/once-for-each': [],
  'domain/action': [`type ${verifier}`],
  'domain/catalogue': ['domain/action', verifier],
  'domain/identity': ['domain/action', 'domain/catalogue', verifier],
  'domain/policy': ['domain/refusal', 'domain/turns', 'domain/action', 'domain/identity', verifier],
  'domain/coding': ['type domain/identity', 'domain/policy', verifier],
  'domain/approval': [
    'domain/hex',
    'domain/once-for-each',
    'domain/action',
    'type domain/identity',
    'domain/policy',
    verifier,
  ],
  'domain/consent': [
    'domain/refusal',
    'domain/once-for-each',
    'domain/action',
    'domain/identity',
    'domain/policy',
    'type domain/approval',
    verifier,
  ],
  'domain/ledger': ['domain/turns', 'domain/action', verifier, proof],
  'domain/scim': ['domain/refusal', 'domain/action', 'domain/identity', verifier],
  'domain/token': [
    'domain/refusal',
    'domain/action',
    'type domain/policy',
    'type domain/approval',
    'type domain/consent',
    'type domain/ledger',
    verifier,
  ],
  'domain/stop': [verifier],
  'domain/notify': ['domain/identity', 'domain/policy'],
  'store/contract': [
    'type domain/consent',
    'type domain/identity',
    'type domain/policy',
    'type domain/approval',
    'type domain/ledger',
    'type domain/token',
    'type domain/stop',
    'type domain/notify',
    `type ${verifier}`,
  ],
  store: [
    'domain/refusal',
    'domain/hex',
    'domain/turns',
    'type domain/identity',
    'domain/policy',
    'domain/approval',
    'domain/ledger',
    'type domain/token',
    'type domain/stop',
    'type domain/notify',
    'type store/contract',
    `type ${verifier}`,
  ],
  authority: [...domain.map((folder) => `domain/${folder}`), 'type store/contract', verifier, proof],
  api: [
    'domain/identity',
    'type domain/policy',
    'domain/approval',
    'type domain/ledger',
    'type domain/stop',
    'domain/notify',
    'type authority',
    verifier,
  ],
  http: [
    'api',
    'domain/coding',
    'domain/refusal',
    'domain/server-event',
    'domain/turns',
    'domain/identity',
    'domain/scim',
    'type domain/approval',
    'type authority',
    verifier,
    proof,
  ],
  web: [
    'api',
    'domain/refusal',
    'domain/turns',
    'domain/once-for-each',
    'domain/action',
    'domain/identity',
    'domain/policy',
    'domain/approval',
    'type domain/ledger',
    'type domain/stop',
    'type domain/notify',
    'type authority',
    verifier,
  ],
  'web/browser': ['web', 'domain/action', verifier, proof],
  audit: [verifier, proof],
  'client/agent': [verifier],
  client: ['api', 'client/agent'],
  gateway: ['client', 'domain/catalogue', 'domain/config-fault', verifier],
  proxy: [verifier],
  coding: ['domain/coding', 'type domain/identity', 'domain/policy', verifier],
  cli: [
    'gateway',
    'coding',
    'domain/coding',
    'domain/policy',
    'node',
    'demo',
    'client',
    'audit',
    'proxy',
    'api',
    'domain/config-fault',
    'domain/refusal',
    'domain/identity',
    'authority',
    verifier,
    proof,
  ],
  // The composition roots: the only places where parts are joined.
  node: ['*'],
  worker: ['*'],
  demo: ['*'],
  docs: [],
  build: ['docs'],
}

const packages: Record<string, readonly string[]> = {
  jose: ['domain/token', 'cli'],
  '@cedar-policy/cedar-wasm': ['domain/policy', 'worker'],
  '@simplewebauthn/server': ['domain/consent'],
  '@simplewebauthn/browser': ['web/browser'],
  hono: ['http', 'web', 'worker'],
  '@hono/node-server': ['node', 'demo'],
  'libpg-query': ['domain/policy', 'gateway'],
  unbash: ['domain/policy'],
  re2js: ['domain/catalogue'],
  zod: [
    'domain/config-fault',
    'domain/catalogue',
    'domain/identity',
    'domain/policy',
    'domain/scim',
    'api',
    'authority',
    'http',
    'gateway',
    'cli',
    'demo',
  ],
  'zod-openapi': ['api'],
  'drizzle-orm': ['store'],
  postgres: ['store'],
  '@electric-sql/pglite': ['store', 'build'],
  'rate-limiter-flexible': ['authority'],
  diff: ['gateway', 'web'],
  uqr: ['web/browser', 'cli'],
  '@block65/webcrypto-web-push': ['authority'],
  'ipaddr.js': ['domain/identity', 'domain/notify'],
  nodemailer: ['node'],
  oauth4webapi: ['gateway'],
  'playwright-core': ['demo'],
  commander: ['cli'],
  'get-east-asian-width': ['cli'],
  pino: ['node'],
  'prom-client': ['node'],
  '@countersign/client': ['demo'],
  ai: ['demo'],
  '@langchain/core': ['demo'],
  '@langchain/langgraph': ['demo'],
  '@openai/agents-core': ['demo'],
  '@modelcontextprotocol/sdk': ['demo'],
  esbuild: ['build'],
  'markdown-it': ['docs'],
  'cloudflare:workers': ['worker'],
}

const onNode = ['node', 'gateway', 'cli', 'coding', 'demo', 'proxy', 'docs', 'build']
/** The one file of the verifier that may import modules of Node, and which: its package chooses it where they are. */
const platformOnNode = { file: 'verifier/platform/node.ts', imports: ['node:buffer', 'node:crypto'] }

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
  if (specifier.startsWith('node:')) {
    return onNode.includes(from) || (file === platformOnNode.file && platformOnNode.imports.includes(specifier))
  }
  if (isPackage(specifier)) {
    return packages[packageOf(specifier)]?.includes(from) ?? false
  }
  const to = targetOf(file, specifier)
  if (to === from) return true
  const allowed = parts[from] ?? []
  // The verifier is imported by its name even from here, as strangers import it: a path into it is nobody's.
  if (allowed.includes('*')) return to !== 'verifier' && to !== 'verifier/proof'
  return allowed.includes(to) || (typeOnly && allowed.includes(`type ${to}`))
}

function targetOf(file: string, specifier: string): string {
  // A name that only the verifier's own package knows.
  if (specifier === '#platform') return 'verifier/platform'
  return specifier.startsWith('.') ? partOf(posix.join(dirname(file), specifier)) : libraryOf(specifier)
}

/** Permissions of the table that no import needs, a value's permission where types would do included. */
function unused(sources: ReadonlyMap<string, string>): string[] {
  const needed = new Set<string>()
  for (const [file, source] of sources) {
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (specifier.startsWith('node:')) continue
      if (isPackage(specifier)) needed.add(`${packageOf(specifier)} in ${partOf(file)}`)
      else needed.add(`${partOf(file)}: ${typeOnly ? 'type ' : ''}${targetOf(file, specifier)}`)
    }
  }
  const rows = Object.entries(parts).flatMap(([part, allowed]) => allowed.map((to) => `${part}: ${to}`))
  const uses = Object.entries(packages).flatMap(([name, users]) => users.map((part) => `${name} in ${part}`))
  return [...rows, ...uses].filter((permission) => !permission.endsWith('*') && !needed.has(permission))
}

/** Groups that import one another in a circle, types included, when each file stands for `groupOf` it. */
function circles(sources: ReadonlyMap<string, string>, groupOf: (file: string) => string | undefined): string[][] {
  const edges = new Map<string, Set<string>>()
  for (const [file, source] of sources) {
    const from = groupOf(file)
    for (const { specifier } of importsOf(source)) {
      const to = specifier.startsWith('.') ? groupOf(posix.join(dirname(file), specifier)) : undefined
      if (from !== undefined && to !== undefined && to !== from) edges.set(from, (edges.get(from) ?? new Set()).add(to))
    }
  }
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>()
    const open = [start]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const to of edges.get(at) ?? []) if (!seen.has(to)) seen.add(to) && open.push(to)
    }
    return seen
  }
  const reached = new Map([...edges.keys()].map((group) => [group, reach(group)]))
  const circle = (group: string) =>
    [...reached.keys()].filter((other) => reached.get(group)?.has(other) && reached.get(other)?.has(group))
  const found = [...reached.keys()].map((group) => circle(group).sort()).filter((members) => members.length > 1)
  return [...new Map(found.map((members) => [members.join(), members])).values()]
}

/** The folder of a file within a part that has folders; undefined for a file that stands above them, and elsewhere. */
const folderOf = (part: string) => (file: string) => {
  const [top, folder, ...rest] = file.split('/')
  return top === part && rest.length > 0 ? folder : undefined
}

/** The part a file belongs to: the longest that is named above, else its top folder, or itself directly in src. */
function partOf(file: string): string {
  const [folder = '', inner = ''] = file.replace(/\.\w+$/, '').split('/')
  return `${folder}/${inner}` in parts ? `${folder}/${inner}` : folder
}

const isPackage = (specifier: string) => !/^[.#]/.test(specifier) && !specifier.startsWith(verifier)
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

  it('has no permission that nothing needs', () => {
    expect(unused(sources)).toEqual([])
  })

  it('has no two files that import each other, by however many steps', () => {
    expect(circles(sources, (file) => file)).toEqual([])
  })

  it.each(['authority', 'store', 'api', 'http', 'web', 'audit', 'gateway', 'cli', 'verifier'])(
    'has no circle of folders in %s',
    (part) => {
      expect(circles(sources, folderOf(part))).toEqual([])
    },
  )

  it('has the domain’s folders in one order', () => {
    const ranks = new Map(domain.map((folder, at) => [`domain/${folder}`, at]))
    const wrong = Object.entries(parts).flatMap(([part, allowed]) =>
      allowed.filter(
        (to) => (ranks.get(to.replace('type ', '')) ?? -1) >= (ranks.get(part) ?? Number.POSITIVE_INFINITY),
      ),
    )
    expect(wrong).toEqual([])
  })

  // The verifier is read by itself, as a package.
  it.each([
    ['src', (file: string) => !file.startsWith('verifier/')],
    ['the verifier', (file: string) => file.startsWith('verifier/')],
  ])('has names that lead to one place in %s', (_, belongs) => {
    const named = files.filter(belongs).map((file) => [basename(file).replace(/\.\w+$/, ''), file])
    const twice = named.filter(([name], at) => name !== 'main' && named.findIndex(([other]) => other === name) !== at)
    expect(twice.map(([, file]) => file)).toEqual([])
  })

  it('has no file of over 300 lines', () => {
    const long = files.filter((file) => (sources.get(file)?.split('\n').length ?? 0) > 301 && !/\.gen\./.test(file))
    expect(long).toEqual([])
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
    ['a rule below another', 'domain/action/parse.ts', "import { mint } from '../token/mint.ts'"],
    ['the store, from a rule', 'domain/token/mint.ts', "import type { Store } from '../../store/contract/store.ts'"],
    ['the store as a value', 'authority/authority.ts', "import { openStore } from '../store/open.ts'"],
    ['the ledger as a value', 'domain/token/mint.ts', "import { type Entry, receipt } from '../ledger/receipt.ts'"],
    ['a line wrapped import', 'domain/policy/decide.ts', "import {\n  mint,\n  type Key,\n} from '../token/mint.ts'"],
    ['a re-export', 'api/paths.ts', "export * from '../authority/authority.ts'"],
    ['a use case as a value, from http', 'http/app.ts', "import { ask } from '../authority/requests/ask.ts'"],
    ['an import for its effects', 'domain/action/parse.ts', "import '../../http/app.ts'"],
    ['a dynamic import', 'client/client.ts', "const late = await import('../store/store.ts')"],
    ['jose outside token', 'domain/consent/verify.ts', "import { jwtVerify } from 'jose'"],
    ['jose in the verifier', 'verifier/jwt/token.ts', "import { jwtVerify } from 'jose'"],
    ['Node in the verifier', 'verifier/keys/jwk.ts', "import { verify } from 'node:crypto'"],
    ['more of Node in its platform', 'verifier/platform/node.ts', "import { readFileSync } from 'node:fs'"],
    ['the platform of the verifier', 'web/pages.tsx', "import { sha256 } from '#platform'"],
    ['a subpath of hono', 'node/server.ts', "import { cors } from 'hono/cors'"],
    ['a package without a row', 'domain/action/parse.ts', "import pad from 'left-pad'"],
    ['Node outside node', 'store/open.ts', "import { join } from 'node:path'"],
    ['anything, from the proofs', 'verifier/proof/tree.ts', "import { sha256 } from '../encoding.ts'"],
    ['hono types, from the verifier', 'verifier/adapters/hono.ts', "import type { Context } from 'hono'"],
    ['the verifier by path', 'worker/main.ts', "import { verify } from '../verifier/verify.ts'"],
  ])('reports %s', (_, file, source) => {
    expect(check(file, source)).toHaveLength(1)
  })

  it.each([
    ['a rule above another', 'domain/consent/verify.ts', "import { refuse } from '../refusal.ts'"],
    ['types of the ledger', 'domain/token/mint.ts', "import { type LedgerReceipt } from '../ledger/receipt.ts'"],
    ['the type of the store', 'authority/authority.ts', "import type { Store } from '../store/contract/store.ts'"],
    ['the own part', 'verifier/proof/tree.ts', "import { leafHash } from './hash.ts'"],
    ['the platform, from the proofs', 'verifier/proof/tree.ts', "import { sha256 } from '#platform'"],
    ['anything of ours, at a root', 'worker/main.ts', "import { openStore } from '../store/open.ts'"],
    [
      'a path that ends in import',
      'verifier/passkey.ts',
      "import { a } from './key-import'\nimport { b } from './der.ts'",
    ],
    ['what only a comment names', 'domain/action/parse.ts', "// import x from '../store/store.ts'"],
  ])('allows %s', (_, file, source) => {
    expect(check(file, source)).toEqual([])
  })

  it('reports a circle of three files, and one that goes through types', () => {
    const circle = new Map([
      ['a/one.ts', "import { two } from './two.ts'"],
      ['a/two.ts', "import type { Three } from '../b/three.ts'"],
      ['b/three.ts', "export * from '../a/one.ts'"],
      ['b/four.ts', "import { one } from '../a/one.ts'"],
    ])
    expect(circles(circle, (file) => file)).toEqual([['a/one.ts', 'a/two.ts', 'b/three.ts']])
  })

  it('reports a permission that no import needs', () => {
    const needy = new Map([['client/client.ts', "import { endpoints } from '../api/endpoints.ts'"]])
    expect(unused(needy)).toContain('client: client/agent')
    expect(unused(needy)).not.toContain('client: api')
  })
})

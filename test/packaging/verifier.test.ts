/**
 * The verifier as strangers get it: built, packed, installed in an empty folder, and nothing else beside it.
 *
 * npm hoists, so an undeclared import compiles and runs in this repository and breaks for users: only this finds it.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadedLater } from '../setup/bundle.ts'

const exec = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const source = join(root, 'src/verifier')
const ENTRIES = [
  '',
  '/proof',
  '/fetch',
  '/hono',
  '/express',
  '/live',
  '/state',
  '/authority',
  '/catalogue',
  '/fastify',
  '/queue',
  '/mcp',
  '/door',
]
const MAX_BUNDLE_BYTES = 12_000

let folder = ''
let tarball = ''
const installed = () => join(folder, 'node_modules/@countersign/verifier')
const run = async (command: string, args: readonly string[], cwd = folder) =>
  (await exec(command, args, { cwd, env: { ...process.env, NODE_OPTIONS: '' } })).stdout

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-verifier-'))
  // Built aside: the folder in the repository belongs to whoever is working there.
  const built = join(folder, 'built')
  const buildInfo = join(folder, 'verifier.tsbuildinfo')
  const places = ['--outDir', join(built, 'dist'), '--tsBuildInfoFile', buildInfo]
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', source, ...places], root)
  for (const name of ['package.json', 'README.md', 'LICENSE']) await cp(join(source, name), join(built, name))
  const [packed] = JSON.parse(
    await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], built),
  )
  tarball = join(folder, packed.filename)
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball])
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('brings nothing else', async () => {
  const names = (await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'))
  expect(names.sort()).toEqual(['@countersign'])
  expect(await readdir(join(folder, 'node_modules/@countersign'))).toEqual(['verifier'])
})

test('holds code and types of every entry, and no build state', async () => {
  const files = await readdir(installed(), { recursive: true })
  for (const entry of [
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
  ]) {
    expect(files).toContain(`dist/${entry}.js`)
    expect(files).toContain(`dist/${entry}.d.ts`)
  }
  expect(files.filter((name) => /tsbuildinfo|\.test\.|(?<!\.d)\.ts$/.test(name))).toEqual([])
})

test('says nothing about Node but in its platform for Node', async () => {
  const files = (await readdir(join(installed(), 'dist'), { recursive: true })).filter((name) =>
    /\.(js|d\.ts)$/.test(name),
  )
  expect(await readFile(join(installed(), 'dist/platform/node.js'), 'utf8')).toMatch("from 'node:crypto'")
  for (const name of files) {
    if (name === 'platform/node.js') continue
    const text = await readFile(join(installed(), 'dist', name), 'utf8')
    expect(text.match(/from '(?!\.{1,2}\/|#platform')[^']*'|['"]node:|process\.|Buffer\./), name).toBeNull()
  }
})

test.each([
  ['plain Node', []],
  ['Node, by the platform of browsers', ['--conditions=browser']],
  ['Node, by the platform of Workers', ['--conditions=workerd']],
])('passes the vectors in %s', async (_where, conditions) => {
  await cp(join(root, 'test/vectors'), join(folder, 'vectors'), { recursive: true })
  await writeFile(
    join(folder, 'run.js'),
    `import * as executors from '@countersign/verifier'
     import * as authorities from '@countersign/verifier/authority'
     import { runVectors } from './vectors/run.mjs'
     console.log(JSON.stringify(await runVectors({ ...executors, ...authorities })))`,
  )
  const { count, failures } = JSON.parse(await run('node', [...conditions, 'run.js']))
  expect(failures).toEqual([])
  expect(count).toBeGreaterThan(250)
})

test('compiles for strict users without any ambient types', async () => {
  await mkdir(join(folder, 'use'), { recursive: true })
  const imports = ENTRIES.map((entry, index) => `import * as e${index} from '@countersign/verifier${entry}'`)
  const use = `${imports.join('\n')}
    const options = { issuer: 'https://a.example', audience: 'https://b.example', credential: 'x' }
    const verifier = e0.createVerifier({ ...options, live: e5.live() })
    export const post = verifier.guard('forum.post', {
      resource: (args: { thread: string }) => args.thread,
      run: (args, { signal }) => (signal.aborted ? 0 : args.thread.length),
    })
    export const handlers = [e2.approved, e3.approved, e4.approved, e1.leafHash]
    // @ts-expect-error there is no way to verify without the call
    export const byName = verifier.verify('token', 'forum.post')`
  await writeFile(join(folder, 'use/index.ts'), use)
  const options = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  }
  await writeFile(join(folder, 'use/tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['index.ts'] }))
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', join(folder, 'use')])
})

describe('by the judgement of others', () => {
  test('publint finds nothing', async () => {
    expect(await run(join(root, 'node_modules/.bin/publint'), ['run', installed(), '--strict'])).toMatch(/All good/)
  })

  test('attw finds nothing', async () => {
    // It exits with an error for everything that is wrong with an ESM-only package.
    const report = await run(join(root, 'node_modules/.bin/attw'), [tarball, '--profile', 'esm-only', '--no-emoji'])
    expect(report.match(/node16 \(from ESM\): OK/g)).toHaveLength(ENTRIES.length + 1)
  })
})

async function bundleOf(code: string, options: BuildOptions): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    mainFields: ['module', 'main'],
    target: 'es2022',
    ...options,
    write: false,
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}

test.each([
  ['browsers', { platform: 'browser' }, false],
  ['Workers', { platform: 'browser', conditions: ['workerd', 'worker', 'browser'] }, false],
  ['an unknown platform', { platform: 'neutral' }, false],
  ['Node', { platform: 'node' }, true],
  ['Deno', { platform: 'neutral', conditions: ['deno'], external: ['node:*'] }, true],
  ['Bun', { platform: 'neutral', conditions: ['bun'], external: ['node:*'] }, true],
] as const)('bundles for %s with its cryptography', async (_where, options, isNode) => {
  for (const entry of ['', '/proof']) {
    const code = `export * from '@countersign/verifier${entry}'`
    const text = new TextDecoder().decode(await bundleOf(code, { ...options } as BuildOptions))
    expect(text.includes('node:crypto'), entry).toBe(isNode)
    expect(text.includes('subtle.digest'), entry).toBe(!isNode)
  }
})

describe('in a bundle, minified and gzipped,', () => {
  const gzipped = async (code: string, plugins = [loadedLater]): Promise<number> =>
    gzipSync(await bundleOf(code, { platform: 'neutral', plugins }), { level: 9 }).length

  test(`all that an executor loads at its start takes at most ${MAX_BUNDLE_BYTES} bytes`, async () => {
    const names = 'createVerifier, withoutRedemption, ApprovalError'
    const bytes = await gzipped(`export { ${names} } from '@countersign/verifier'`)
    console.log(`bundle: ${bytes} bytes`)
    expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES)
  })

  test('the bounds of grants, which are loaded with the first token of one, add little', async () => {
    const bytes = await gzipped(`export { createVerifier } from '@countersign/verifier'`, [])
    console.log(`bundle with the bounds of grants: ${bytes} bytes`)
    expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES + 1_500)
  })

  test('the parsers that only an authority calls add little', async () => {
    const bytes = await gzipped(`export * from '@countersign/verifier'`)
    console.log(`bundle of every export: ${bytes} bytes`)
    expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES + 600)
  })
})

test('is imported, as it is built for release, in less time than jose as a whole', async () => {
  // Processor time beside a yardstick: the clock on the wall measures whatever else the machine is doing.
  const best = async (name: string): Promise<number> => {
    const timing = `const start = process.cpuUsage()
      await import('${name}')
      const { user, system } = process.cpuUsage(start)
      console.log((user + system) / 1000)`
    const times: number[] = []
    const args = ['--input-type=module', '-e', timing]
    for (let round = 0; round < 7; round++) times.push(Number(await run('node', args, root)))
    return Math.min(...times)
  }
  const ours = await best('@countersign/verifier')
  const jose = await best('jose')
  console.log(`import: ${ours.toFixed(1)} ms, jose ${jose.toFixed(1)} ms`)
  expect(ours).toBeLessThan(jose)
})

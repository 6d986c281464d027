/**
 * The client as agents get it: packed with the verifier, installed from the two tarballs in an empty folder, and run.
 *
 * It is compiled there too, so that a dependency it does not declare is missing.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addAgent, addExecutor, enrolFirstAdmin, startAuthority, type TestAuthority } from '../setup/authority.ts'

const exec = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = (name: string) => join(root, 'node_modules/.bin', name)

let folder = ''
let tarball = ''
let authority: TestAuthority
const run = async (command: string, args: readonly string[], cwd = folder) =>
  (await exec(command, args, { cwd, env: { ...process.env, NODE_OPTIONS: '' } })).stdout

const built = (name: string) => join(folder, 'built', name)

async function compileVerifier(): Promise<void> {
  const places = [
    '--outDir',
    join(built('verifier'), 'dist'),
    '--tsBuildInfoFile',
    join(folder, 'verifier.tsbuildinfo'),
  ]
  await run(bin('tsc'), ['-p', join(root, 'src/verifier'), ...places])
}

/** Beside the installed verifier, and nothing else. */
async function compileClient(): Promise<void> {
  await cp(join(root, 'src/client/agent'), join(built('client'), 'agent'), { recursive: true })
  const compilerOptions = {
    rootDir: 'agent',
    outDir: 'dist',
    composite: false,
    declaration: true,
    tsBuildInfoFile: null,
  }
  const config = {
    extends: join(root, 'src/client/tsconfig.json'),
    compilerOptions,
    include: ['agent'],
    references: [],
  }
  await writeFile(join(built('client'), 'tsconfig.json'), JSON.stringify(config))
  await run(bin('tsc'), ['-p', built('client')])
}

async function pack(name: string): Promise<string> {
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    await cp(join(root, 'src', name, file), join(built(name), file))
  }
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [{ filename }] = JSON.parse(await run('npm', packing, built(name)))
  return join(folder, filename)
}

const install = (...tarballs: string[]) =>
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs])

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-client-'))
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  await compileVerifier()
  const verifier = await pack('verifier')
  await install(verifier)
  await compileClient()
  tarball = await pack('client')
  await install(verifier, tarball)
  authority = await startAuthority()
  await authority.listen()
})

afterAll(async () => {
  await authority?.stop()
  await rm(folder, { recursive: true, force: true })
})

const dist = () => join(folder, 'node_modules/@countersign/client/dist')

test('brings the verifier and nothing else', async () => {
  const { dependencies } = JSON.parse(await readFile(join(dist(), '../package.json'), 'utf8'))
  expect(Object.keys(dependencies)).toEqual(['@countersign/verifier'])
  expect((await readdir(join(folder, 'node_modules/@countersign'))).sort()).toEqual(['client', 'verifier'])
})

test('says nothing about Node, and imports the verifier by its main entry alone', async () => {
  const names = await readdir(dist(), { recursive: true })
  for (const name of names.filter((file) => /\.(js|ts)$/.test(file))) {
    const text = await readFile(join(dist(), name), 'utf8')
    expect(text.match(/from '(?!\.{1,2}\/|@countersign\/verifier')[^']*'|node:|process\.|Buffer\./), name).toBeNull()
  }
})

test('the agent of its README compiles for strict users, waits for consent, and its token is accepted', async () => {
  const readme = await readFile(join(root, 'src/client/README.md'), 'utf8')
  const samples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
  await mkdir(join(folder, 'use'), { recursive: true })
  await Promise.all(samples.map((code, at) => writeFile(join(folder, 'use', `sample-${at}.ts`), code)))
  const options = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
  }
  await writeFile(join(folder, 'use/tsconfig.json'), JSON.stringify({ compilerOptions: options }))
  await run(bin('tsc'), ['-p', join(folder, 'use')])
  expect(
    samples[0]
      ?.trim()
      .split('\n')
      .filter((line) => line.trim()).length,
  ).toBeLessThanOrEqual(18)

  const credential = await addAgent(authority, 'helpdesk-agent')
  const forum = await addExecutor(authority)
  const admin = await enrolFirstAdmin(authority)
  await writeFile(
    join(folder, 'run.js'),
    `import { createVerifier } from '@countersign/verifier'
     import { reply } from './use/sample-0.js'
     const [issuer, agent, executor] = process.argv.slice(2)
     const verifier = createVerifier({ issuer, audience: 'https://forum.example', credential: executor })
     const network = globalThis.fetch
     globalThis.fetch = async (url, init) => {
       if (url !== 'https://forum.example/posts') return network(url, init)
       const token = new Headers(init.headers).get('Authorization').slice('Bearer '.length)
       const args = JSON.parse(init.body)
       const call = { name: 'forum.post', resource: 'forum:eng/threads/' + args.thread, arguments: args }
       const { origin } = await verifier.verify(token, call)
       return Response.json({ origin })
     }
     console.log('origin: ' + (await (await reply(issuer, agent, '42', 'Hello')).json()).origin)`,
  )
  const { origin } = authority.config
  const agent = execFile('node', ['run.js', origin, credential, forum.credential], { cwd: folder })
  let output = ''
  agent.stdout?.on('data', (text: string) => {
    output += text
    const id = /approve\/([\w-]{22})\n/.exec(text)?.[1]
    if (id) void admin.consent(id)
  })
  agent.stderr?.on('data', (text: string) => {
    output += text
  })
  expect(await new Promise((resolve) => agent.on('close', resolve)), output).toBe(0)
  expect(output).toMatch(/^Waiting for consent: .*\norigin: human\n$/)
})

describe('by the judgement of others', () => {
  test('publint finds nothing', async () => {
    expect(await run(bin('publint'), ['run', join(dist(), '..'), '--strict'])).toMatch(/All good/)
  })

  test('attw finds nothing', async () => {
    const report = await run(bin('attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'])
    expect(report.match(/node16 \(from ESM\): OK/g)).toHaveLength(6)
  })
})

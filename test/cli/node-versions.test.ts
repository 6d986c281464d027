/** The built command and the packed verifier on a newer Node than the one under the tests, and the command on an older. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, vi } from 'vitest'
import { freePort } from '../setup/authority.ts'
import { runCommand, startCommand } from './run-command.ts'

vi.setConfig({ testTimeout: 120_000 })

const exec = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const newer = join(root, 'test/other-node/node_modules/node/bin/node')

it('has another Node to run on', async () => {
  const { stdout } = await exec(newer, ['--version'])
  expect(Number(/^v(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(20)
})

it('serves on a newer Node', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  expect(await startCommand(['--version'], {}, undefined, newer).ended).toMatchObject({
    code: 0,
    stdout: `${version}\n`,
  })
  const origin = `http://localhost:${await freePort()}`
  const dataDir = join(await mkdtemp(join(tmpdir(), 'countersign-test-')), 'data')
  const environment = { COUNTERSIGN_ORIGIN: origin, COUNTERSIGN_LOG_LEVEL: 'silent' }
  const server = startCommand(['serve', '--data-dir', dataDir], environment, undefined, newer)
  try {
    await expect.poll(() => server.stdout()).toContain(`The authority listens at ${origin}`)
    const listed = startCommand(['agent', 'list', '--url', origin, '--data-dir', dataDir], {}, undefined, newer)
    expect(await listed.ended).toMatchObject({ code: 0, stdout: 'There are no agents yet.\n' })
  } finally {
    server.signal('SIGTERM')
  }
  expect(await server.ended).toMatchObject({ code: 0 })
})

it('verifies on a newer Node, from the packed verifier', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-verifier-'))
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [{ filename }] = JSON.parse((await exec('npm', pack, { cwd: join(root, 'src/verifier') })).stdout)
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  await exec('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', filename], { cwd: folder })
  await cp(join(root, 'test/vectors'), join(folder, 'vectors'), { recursive: true })
  await writeFile(
    join(folder, 'run.js'),
    `import * as executors from '@countersign/verifier'
     import * as authorities from '@countersign/verifier/authority'
     import { runVectors } from './vectors/run.mjs'
     console.log(JSON.stringify(await runVectors({ ...executors, ...authorities })))`,
  )
  const { count, failures } = JSON.parse((await exec(newer, ['run.js'], { cwd: folder })).stdout)
  expect(failures).toEqual([])
  expect(count).toBeGreaterThan(250)
})

it('refuses an older Node in words, before it imports anything', async () => {
  const entry = await readFile(join(root, 'dist/countersign.js'), 'utf8')
  expect(entry).not.toMatch(/^(import|export)\b/m)
  const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const least = engines.node.replace('>=', '')
  for (const [version, code] of [
    ['18.20.8', 1],
    ['20.9.0', 1],
    ['20.11.1', 1],
    [`${least}.0`, 0],
    ['20.100.0', 0],
    ['24.0.0', 0],
  ]) {
    const old = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
    const ended = await runCommand(['--version'], { NODE_OPTIONS: `--import="${old}"` })
    expect([version, ended.code]).toEqual([version, code])
    if (code === 1) expect(ended.stderr).toBe(`Countersign needs Node ${least} or newer. This is Node ${version}.\n`)
  }
})

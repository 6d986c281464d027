/** The configurations in the guide to production: accepted by the programs they are for. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { read } from './documents.ts'

const { blocks, rows } = read('src/docs/production.md')
const blockOf = (language: string) => blocks.find((block) => block.language === language)?.text ?? ''

const folder = mkdtempSync(join(tmpdir(), 'countersign-docs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const has = (program: string) => spawnSync('which', [program]).status === 0

describe('the guide to production', () => {
  it('has a configuration that nginx accepts', () => {
    mkdirSync(join(folder, 'logs'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x']
    execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const servers = blockOf('nginx')
      .replace(/(ssl_certificate_key ).*;/, `$1${key};`)
      .replace(/(ssl_certificate ).*;/, `$1${cert};`)
    const whole = `pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${servers} }`
    writeFileSync(join(folder, 'nginx.conf'), whole)
    const { status, stderr } = spawnSync('nginx', ['-t', '-p', folder, '-c', 'nginx.conf'], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/test is successful/) })
    expect(stderr).not.toMatch(/warn/)
  })

  it.runIf(has('systemd-analyze'))('has a unit that systemd accepts', () => {
    const unit = blockOf('ini').replace(/ExecStart=\S+/, `ExecStart=${process.execPath}`)
    writeFileSync(join(folder, 'countersign.service'), unit)
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, 'countersign.service')], {
      encoding: 'utf8',
    })
    const complaints = stderr.split('\n').filter((line) => line.includes('countersign.service'))
    expect({ status, complaints }).toEqual({ status: 0, complaints: [] })
  })

  it('gives Node the flags of npm start, as the guide to deployment does', () => {
    const { scripts } = JSON.parse(read('package.json').text)
    expect(blockOf('ini')).toContain(`ExecStart=/usr/bin/${scripts.start}\n`)
    const [, flags] = /^node (.*) dist/.exec(scripts.start) ?? []
    expect(read('src/docs/deploy.md').text).toContain(`NODE_OPTIONS="${flags}"`)
  })

  it('names metrics that there are, in its table and its alerts', async () => {
    const { createMetrics } = await import('../../src/node/metrics/metrics.ts')
    const { exposition } = createMetrics().httpOf({
      backlog: async () => ({
        pending: 0,
        notices: 0,
        deliveries: {},
        unproved: 0,
        unprovedForSeconds: 0,
        unindexed: 0,
      }),
      databaseUse: () => ({ underWay: 0, connections: 1 }),
      unacknowledgedBreakGlass: () => 0,
      stream: { lagsMs: () => [] } as never,
      log: { debug() {}, info() {}, warn() {}, error() {} },
    })
    const { text } = await exposition()
    const known = new Set([...text.matchAll(/^(?:# TYPE )?(countersign_\w+)/gm)].map(([, name]) => name))
    const named = rows.flat().flatMap((cell) => [...cell.matchAll(/countersign_\w+/g)].map(([name]) => name))
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((name) => !known.has(name))).toEqual([])
    const documented = new Set(named.map((name) => name.replace(/_total$/, '')))
    const families = [...text.matchAll(/^# TYPE (countersign_\w+)/gm)].map(([, name = '']) => name)
    expect(families.filter((name) => !documented.has(name))).toEqual([])
  })
})

/** Reports of outcomes that the authority does not take: kept in files, and sent again, also by the next process. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { keepReports } from '../../src/cli/proxy/kept-reports.ts'
import { waitFor } from '../setup/wait-for.ts'

const ISSUER = 'https://approve.example'
const urlOf = (jti: string) => `${ISSUER}/redemptions/${jti}/outcome`
const initOf = (use: number) => ({ method: 'POST', body: JSON.stringify({ use, outcome: 'succeeded' }) })

function world(folder = mkdtempSync(join(tmpdir(), 'kept-')), audience = 'https://forum.example') {
  const sent: string[] = []
  let status: number | undefined
  const closing = new AbortController()
  const keeping = keepReports({
    ...{ folder, issuer: ISSUER, audience, credential: 'cs_executor_x', signal: closing.signal },
    async send(url, { body }) {
      sent.push(`${new URL(url).pathname} ${body}`)
      if (status === undefined) throw new TypeError('There is no answer')
      return new Response('{}', { status })
    },
    failed: (error) => expect.fail(String(error)),
  })
  const answer = (given: number | undefined) => {
    status = given
  }
  return {
    folder,
    sent,
    keeping,
    answer,
    close: () => closing.abort(),
    files: () => readdirSync(join(folder, 'runs')).sort(),
  }
}

it('a report that is taken, or refused for good, leaves no file', async () => {
  const { keeping, answer, sent, files, close } = world()
  const fetch = await keeping
  for (const status of [201, 404, 409]) {
    answer(status)
    expect((await fetch(urlOf('one'), initOf(1))).status).toBe(status)
  }
  expect([sent.length, files()]).toEqual([3, []])
  close()
})

it('a report that is not taken is kept until it is: of each use of a token', async () => {
  const { keeping, answer, files, folder, close } = world()
  const fetch = await keeping
  await Promise.all([1, 2].map((use) => expect(fetch(urlOf('one'), initOf(use))).rejects.toThrow('no answer')))
  answer(503)
  expect((await fetch(urlOf('two'), initOf(1))).status).toBe(503)
  expect(files()).toEqual(['one.1.json', 'one.2.json', 'two.1.json'])
  const kept = JSON.parse(readFileSync(join(folder, 'runs', 'one.2.json'), 'utf8'))
  expect(kept).toMatchObject({
    issuer: ISSUER,
    audience: 'https://forum.example',
    jti: 'one',
    use: 2,
    report: { use: 2, outcome: 'succeeded' },
  })
  answer(201)
  for (const use of [1, 2]) expect((await fetch(urlOf('one'), initOf(use))).status).toBe(201)
  expect(files()).toEqual(['two.1.json'])
  close()
})

it('what is no report is sent once, and its failure is the caller’s', async () => {
  const { keeping, sent, files, close } = world()
  const fetch = await keeping
  await expect(fetch(`${ISSUER}/redemptions`, { method: 'POST', body: '{}' })).rejects.toThrow('no answer')
  expect([sent.length, files()]).toEqual([1, []])
  close()
})

it('a report that a process left is sent by the next', async () => {
  const before = world()
  const fetch = await before.keeping
  await expect(fetch(urlOf('left'), initOf(1))).rejects.toThrow('no answer')
  before.close()
  const next = world(before.folder)
  next.answer(201)
  await next.keeping
  await waitFor(() => expect(next.files()).toEqual([]))
  expect(next.sent).toEqual(['/redemptions/left/outcome {"use":1,"outcome":"succeeded"}'])
  next.close()
})

it('a report is left to its own executor, and what does not bear its own name is none', async () => {
  const before = world()
  const fetch = await before.keeping
  await expect(fetch(urlOf('theirs'), initOf(1))).rejects.toThrow('no answer')
  before.close()
  const runs = join(before.folder, 'runs')
  const theirs = JSON.parse(readFileSync(join(runs, 'theirs.1.json'), 'utf8'))
  const own = { ...theirs, audience: 'https://wiki.example', jti: 'own' }
  writeFileSync(join(runs, 'own.1.json'), JSON.stringify(own))
  writeFileSync(join(runs, 'other.1.json'), JSON.stringify(own))
  writeFileSync(join(runs, '..%2fpolicies.1.json'), JSON.stringify({ ...own, jti: '../policies' }))
  const other = world(before.folder, 'https://wiki.example')
  other.answer(201)
  await other.keeping
  await waitFor(() => expect(other.files()).not.toContain('own.1.json'))
  expect(other.sent).toEqual(['/redemptions/own/outcome {"use":1,"outcome":"succeeded"}'])
  expect(other.files()).toEqual(['..%2fpolicies.1.json', 'other.1.json', 'theirs.1.json'])
  other.close()
})

it('a run without a report has an unknown end, since the proxy has ended', async () => {
  const before = world()
  const fetch = await before.keeping
  await expect(fetch(urlOf('cut'), initOf(1))).rejects.toThrow('no answer')
  before.close()
  const file = join(before.folder, 'runs', 'cut.1.json')
  const { report, ...begun } = JSON.parse(readFileSync(file, 'utf8'))
  expect(report).toEqual({ use: 1, outcome: 'succeeded' })
  writeFileSync(file, JSON.stringify(begun))
  const next = world(before.folder)
  next.answer(201)
  await next.keeping
  await waitFor(() => expect(next.files()).toEqual([]))
  expect(next.sent).toEqual(['/redemptions/cut/outcome {"use":1,"outcome":"indeterminate","detail":"ProxyEnded"}'])
  next.close()
})

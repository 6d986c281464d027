/** Reports of outcomes that the authority does not take: kept in files, and sent again, also by the next process. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { keepReports } from '../../src/cli/proxy/kept-reports.ts'
import { waitFor } from '../setup/wait-for.ts'

const ISSUER = 'https://approve.example'
const urlOf = (jti: string) => `${ISSUER}/redemptions/${jti}/outcome`
const initOf = (use: number) => ({ method: 'POST', body: JSON.stringify({ use, outcome: 'succeeded' }) })

function world(folder = mkdtempSync(join(tmpdir(), 'kept-'))) {
  const sent: string[] = []
  let status: number | undefined
  const closing = new AbortController()
  const keeping = keepReports({
    ...{ folder, issuer: ISSUER, credential: 'cs_executor_x', signal: closing.signal },
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
  expect(kept).toMatchObject({ jti: 'one', use: 2, report: { use: 2, outcome: 'succeeded' } })
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

/** The thread of drafts: a job that is lost with it takes no other along. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createDraftThreads } from '../../src/node/drafts/draft-threads.ts'

/** Says how often a thread was asked; one text ends it, another breaks its engine. */
const PROGRAM = `
import { parentPort } from 'node:worker_threads'
let asked = 0
parentPort.on('message', ({ text }) => {
  asked++
  if (text === 'ends it') process.exit(1)
  parentPort.postMessage(text === 'breaks it' ? null : { kind: 'failed', words: text + ' ' + asked })
})`
const program = join(mkdtempSync(join(tmpdir(), 'countersign-threads-')), 'thread.mjs')
writeFileSync(program, PROGRAM)
const threads = createDraftThreads(program)
afterAll(() => threads.end())

const rules = {
  digest: 'sha-256:none',
  authority: 'https://approve.example',
  ttlSeconds: 60,
  selfApproval: false,
} as const
const job = (text: string) => threads.answer({ text, rules, agents: [], executors: [], cases: [] })

it.each(['ends it', 'breaks it'])('fails alone where it %s; those behind it run in a new thread', async (bad) => {
  const answers = await Promise.all([job('before'), job(bad), job('after'), job('last')])
  expect(answers.map((answer) => ('words' in answer ? answer.words : ''))).toEqual([
    expect.stringMatching(/^before \d+$/),
    expect.stringContaining('broke the policy engine'),
    'after 1',
    'last 2',
  ])
})

it('takes no more than eight at once', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => job(`number ${at}`)))
  expect(answers.filter(({ kind }) => kind === 'busy')).toHaveLength(2)
  expect(answers[7]).toMatchObject({ words: expect.stringContaining('number 7') })
})

it('answers all that wait when it ends', async () => {
  const waiting = [job('one'), job('two')]
  await threads.end()
  for (const answer of await Promise.all(waiting)) expect(answer.kind).toBe('failed')
})

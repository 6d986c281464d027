/**
 * An agent edits a file through the MCP gateway, while a colleague edits it too: what a person approves is the file as
 * they saw it, or nothing.
 *
 * In: an agent that knows nothing of approvals, a person with an inbox, an auditor. Out: the trace of the edit, or
 * undefined where it was not made. The file is read from the disk after each step.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { now } from '../cli/terminal/time.ts'
import type { EditAnswer, Editing } from './files-agent.ts'
import { auditLog, showTrace } from './ledger-steps.ts'
import { AFTER, linesOf, MEANWHILE } from './opening-hours.ts'
import type { FilesStage, StoryResult } from './stage.ts'

const CHANGES = '-Saturday: closed, +Saturday: 10 to 14'

export async function tellFilesStory(stage: FilesStage): Promise<StoryResult | undefined> {
  const { agent, signal } = stage
  await readThrough(stage)
  const first = agent.edit(signal)
  const isFirstSeen = await seeDiff(stage, first, {
    id: 'edit-waits',
    title: 'It edits them: the shop is to open on Saturdays. The call waits, and the person sees what it would change.',
    expected: ` # Opening hours,  Monday to Friday: 9 to 17, ${CHANGES},  Sunday: closed`,
    meaning: 'the gateway had the server rehearse the edit, and shows the difference',
  })
  if (!isFirstSeen) return undefined
  if ((await changeMeanwhile(stage, first)) === 'request_denied') return undefined
  const second = agent.edit(signal)
  const isSecondSeen = await seeDiff(stage, second, {
    id: 'edit-anew',
    title: 'The agent makes the same call again. The person sees another difference, with the colleague’s line in it.',
    expected: ` # Opening hours,  Monday to Friday: 8 to 16, ${CHANGES},  Sunday: closed`,
    meaning: 'asked anew, about the file as it is now',
  })
  const trace = isSecondSeen ? await approveAnew(stage, second) : undefined
  if (trace === undefined) return undefined
  await countRuns(stage)
  await showTrace(stage, 'edit-trace', trace)
  await proveRun(stage, trace)
  await auditLog(stage, 'audit-after-edit')
  return { trace }
}

const readThrough = ({ agent, auditor, audience, narrator, signal }: FilesStage) =>
  narrator.step(
    {
      id: 'read-through-gateway',
      title: 'An agent reads the opening hours of a shop, through the gateway.',
      expected: '5 lines, 0 tokens, 1 call allowed',
      meaning: 'allowed by policy: one entry in the ledger, and no token',
    },
    async () => {
      const lines = (await agent.read()).trim().split('\n').length
      const [issued, allowed] = await auditor.countEntries(audience, ['token.issued', 'call.allowed'], signal)
      return `${lines} lines, ${issued} tokens, ${allowed} call allowed`
    },
  )

type StepWords = { readonly id: string; readonly title: string; readonly expected: string; readonly meaning: string }

/** Whether a person is asked. */
async function seeDiff({ auditor, narrator, paint }: FilesStage, { asked, answer }: Editing, words: StepWords) {
  const link = await asked
  await narrator.step(words, async () => {
    if (link === undefined) return `nobody was asked: ${(await answer).code}`
    const lines = linesOf(await auditor.previewOf(link.split('/').at(-1) ?? ''))
    narrator.say(lines.map((line) => `       ${colour(line, paint)}`).join('\n'))
    return lines.join(', ')
  })
  return link !== undefined
}

const colour = (line: string, paint: FilesStage['paint']): string =>
  line.startsWith('+') ? paint.green(line) : line.startsWith('-') ? paint.red(line) : paint.dim(line)

/** The code of the answer to the call. */
async function changeMeanwhile(stage: FilesStage, editing: Editing): Promise<string> {
  let code = ''
  await stage.narrator.step(
    {
      id: 'changed-meanwhile',
      title: 'Before the person answers, a colleague changes the line above it. The person approves, from their inbox.',
      expected: 'state_changed, the file is the colleague’s',
      meaning: 'nothing ran: what was approved is not what would happen now',
    },
    async () => {
      writeFileSync(stage.file, MEANWHILE)
      code = (await approveInInbox(stage, editing)).code
      return `${code}, the file is ${readFileSync(stage.file, 'utf8') === MEANWHILE ? 'the colleague’s' : 'another'}`
    },
  )
  return code
}

async function approveAnew(stage: FilesStage, editing: Editing): Promise<string | undefined> {
  let trace: string | undefined
  await stage.narrator.step(
    {
      id: 'edit-approved',
      title: 'The person approves this one.',
      expected: 'ok, both changes are in the file',
      meaning: 'executed: the agent’s line is there, and so is the colleague’s',
    },
    async () => {
      const answer = await approveInInbox(stage, editing)
      trace = answer.trace
      return `${answer.code}, ${readFileSync(stage.file, 'utf8') === AFTER ? 'both changes are' : 'something else is'} in the file`
    },
  )
  return trace
}

/** Longer than any request waits. */
const A_DAY = 86_400

/** The answer to the call, once the person has given theirs. */
async function approveInInbox({ approver, inbox }: FilesStage, { answer }: Editing): Promise<EditAnswer> {
  const settled = new AbortController()
  try {
    const answering = approver.answerInbox(inbox, now() + A_DAY, settled.signal)
    return (await Promise.all([answer, answering]))[0]
  } finally {
    settled.abort()
  }
}

const countRuns = ({ auditor, audience, narrator, signal }: FilesStage) =>
  narrator.step(
    {
      id: 'executed-once',
      title: 'The auditor counts in the ledger what the gateway did with the two approvals.',
      expected: '1 refused, 1 redeemed, 1 outcome',
      meaning: 'executed once',
    },
    async () => {
      const types = ['token.refused', 'token.redeemed', 'outcome.reported']
      const [refused, redeemed, outcomes] = await auditor.countEntries(audience, types, signal)
      return `${refused} refused, ${redeemed} redeemed, ${outcomes} outcome`
    },
  )

const proveRun = ({ auditor, narrator, signal }: FilesStage, trace: string) =>
  narrator.step(
    {
      id: 'edit-proven',
      title:
        'An auditor fetches the proof that the gateway spent that token, and checks it offline with the log’s key.',
      expected: 'token.redeemed, proven',
      meaning: 'proven: the entry is in the log that was signed',
    },
    () => auditor.proveOf({ trace, type: 'token.redeemed' }, signal),
  )

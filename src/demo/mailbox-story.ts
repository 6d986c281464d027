/**
 * The incident of February, replayed: an agent that deletes a mailbox, mail by mail, and this time can be stopped.
 *
 * In: an agent, a person to ask and to stop it, an auditor. Out: the token that was spent and its trace, or undefined
 * without a consent or a stop. The mailbox, the executor's report and the ledger are compared mail by mail.
 */
import { openToken } from '@countersign/verifier'
import { keysOf } from '../cli/token/token-checks.ts'
import { sleep } from '../client/agent/sleep.ts'
import { traceOf } from '../domain/approval/approval-request.ts'
import { askAPerson, tryWithout } from './asking.ts'
import { auditLog, showTrace } from './ledger-steps.ts'
import { numberIn } from './mailbox-actions.ts'
import { MAILS } from './mails.ts'
import { ALL, BOX, type MailboxStage, type StoryResult } from './stage.ts'
import { lastSwitch, release, stopDeletion, tryAgain } from './stop-deletion.ts'

const WITHOUT_TOKEN = {
  id: 'delete-without-token',
  title: 'As in February, an agent that was to tidy up a mailbox goes on to delete every mail in it.',
  meaning: 'refused: the mailbox answers with a challenge, signed, that lists all that would be gone',
}

const APPROVE = {
  id: 'approve-deletion',
  title: 'It relays the challenge, and a person is asked, who approves too fast.',
  meaning: 'approved: from here on only a kill switch helps',
}

export async function tellMailboxStory(stage: MailboxStage): Promise<StoryResult | undefined> {
  const challenge = await tryWithout(stage, WITHOUT_TOKEN, () => stage.agent.deleteAll(ALL))
  if (challenge === undefined) return undefined
  const token = await askAPerson(stage, APPROVE, challenge)
  if (token === undefined) return undefined
  const { claims } = await openToken(token, await keysOf(stage.agent.client))
  const trace = traceOf(claims.approval.request)
  await stopDeletion(stage, token)
  const killswitch = await lastSwitch(stage)
  if (killswitch === undefined) return undefined
  await compareOutcome(stage, trace)
  await countTheRest(stage, killswitch)
  await tryAgain(stage, token)
  await release(stage, killswitch)
  await showTrace(stage, 'deletion-trace', trace)
  await auditLog(stage, 'audit-after-stop')
  return { token, trace }
}

async function compareOutcome({ agent, auditor, narrator, signal }: MailboxStage, trace: string): Promise<void> {
  const { deletions } = await agent.contents(BOX)
  await narrator.step(
    {
      id: 'exact-outcome',
      title: `${deletions.length} of ${MAILS} mails are gone. An auditor reads what the executor reported of that.`,
      expected: `aborted, gone: ${spans(deletions)}`,
      meaning: `exact: the report, by the digest in its entry, names these ${deletions.length} mails and no others`,
    },
    async () => {
      const reported = await auditor.outcomeOf(trace, signal)
      if (typeof reported === 'string') return reported
      const gone = reported.result.changes.map(({ label }) => ({ id: numberIn(label) }))
      return `${reported.outcome}, gone: ${spans(gone)}`
    },
  )
}

/** Longer than from one mail to the next. */
const REST_MS = 1000

async function countTheRest(stage: MailboxStage, killswitch: string): Promise<void> {
  const { agent, auditor, narrator, signal } = stage
  const gone = new Set((await agent.contents(BOX)).deletions.map(({ id }) => id))
  const others = Array.from({ length: MAILS }, (_, index) => ({ id: index + 1 })).filter(({ id }) => !gone.has(id))
  await narrator.step(
    {
      id: 'rest',
      title: 'The mailbox confirmed the stop to the authority. A second later the mails are counted again.',
      expected: `1 call cut off, 0 mails gone after that, there: ${spans(others)}`,
      meaning: `the other ${others.length} mails are still there`,
    },
    async () => {
      const confirmation = await auditor.confirmationBy(killswitch, stage.audience, signal)
      if (confirmation === undefined) return 'not confirmed'
      await sleep(REST_MS, signal)
      const { mails, deletions } = await agent.contents(BOX)
      const late = deletions.filter((deletion) => deletion.at_ms > confirmation.at_ms)
      return `${confirmation.aborted} call cut off, ${late.length} mails gone after that, there: ${spans(mails)}`
    },
  )
}

/** `1–87, 90` */
function spans(mails: readonly { readonly id: number }[]): string {
  const found: [first: number, last: number][] = []
  for (const { id } of mails) {
    const last = found.at(-1)
    if (last?.[1] === id - 1) last[1] = id
    else found.push([id, id])
  }
  return found.map(([first, last]) => (first === last ? first : `${first}–${last}`)).join(', ') || 'none'
}

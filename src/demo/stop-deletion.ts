/** The steps in which a person stops everything, calls are refused, and a passkey releases it again. SPEC 9. */

import { now } from '../cli/terminal/time.ts'
import { sleep } from '../client/agent/sleep.ts'
import { relay } from './asking.ts'
import { MAILS } from './mails.ts'
import { ALL, BOX, type MailboxStage } from './stage.ts'

const POLL_MS = 50

/** Resolves when the deletion ends, for any reason. */
export const stopDeletion = (stage: MailboxStage, token: string) =>
  stage.narrator.step(
    {
      id: 'stop',
      title: 'It repeats the call with the token. Mails go, one by one, until the person stops everything.',
      expected: 'killed',
      meaning: 'stopped: the call that was under way was cut off in the middle',
    },
    async () => {
      const ended = new AbortController()
      const deletion = stage.agent.deleteAll(ALL, token).finally(() => ended.abort())
      const [{ code }] = await Promise.all([deletion, stopWhenAlarmed(stage, ended.signal)])
      return code
    },
  )

async function stopWhenAlarmed({ agent, approver, signal, killPage, pace }: MailboxStage, ended: AbortSignal) {
  while ((await agent.contents(BOX)).deletions.length < pace.alarming) {
    if (ended.aborted) return
    await sleep(POLL_MS, signal)
  }
  await approver.stop(killPage, now() + Math.ceil((pace.pauseMs * MAILS) / 1000), ended)
}

/** The latest active switch, if any. */
export async function lastSwitch({ auditor }: MailboxStage): Promise<string | undefined> {
  const [killswitch] = await auditor.switches()
  return killswitch?.released_at_ms === null ? killswitch.id : undefined
}

export async function tryAgain(stage: MailboxStage, token: string): Promise<void> {
  const { agent, narrator } = stage
  await narrator.step(
    {
      id: 'same-token-stopped',
      title: 'It sends the same again.',
      expected: 'killed',
      meaning: 'refused: the mailbox knows the switch',
    },
    async () => (await agent.deleteAll(ALL, token)).code,
  )
  await narrator.step(
    {
      id: 'new-request-stopped',
      title: 'It asks for another approval.',
      expected: 'killed',
      meaning: 'refused: while the switch is active, no consent is asked for',
    },
    async () => {
      const { challenge, code } = await agent.deleteAll(ALL)
      if (challenge === undefined) return code
      const answer = await relay(stage, challenge)
      return answer.ok ? 'approved' : answer.problem.code
    },
  )
}

export async function release(stage: MailboxStage, killswitch: string): Promise<void> {
  const { agent, approver, auditor, narrator, signal, killPage } = stage
  await narrator.step(
    {
      id: 'release',
      title: 'The person releases the switch: unlike stopping, that takes a passkey.',
      expected: 'released',
      meaning: 'released: an approved action like any other, and in the ledger',
    },
    async () => {
      const settled = new AbortController()
      try {
        await approver.release(killPage, now() + approver.patienceSeconds, settled.signal)
        return (await auditor.released(killswitch, approver.patienceSeconds, signal)) ? 'released' : 'still engaged'
      } finally {
        settled.abort()
      }
    },
  )
  await narrator.step(
    {
      id: 'read-after-release',
      title: 'The agent asks to read who writes to the mailbox.',
      expected: 'ok',
      meaning: 'allowed: the work goes on',
    },
    () => agent.senders(BOX),
  )
}

/** The attacks on an approval that was good once: each is refused, with the code of its reason. */

import { now } from '../cli/terminal/time.ts'
import { sleep } from '../client/agent/sleep.ts'
import { askAPerson, tryWithout } from './asking.ts'
import { forge } from './forge.ts'
import type { ReadPermission } from './forum-agent.ts'
import { DRAFT, ELSEWHERE, type ForumStage, PLACE, REWRITTEN, TEXT } from './stage.ts'

export async function attack({ agent, narrator }: ForumStage, token: string): Promise<void> {
  const refused = (
    id: string,
    title: string,
    expected: string,
    meaning: string,
    run: () => Promise<{ code: string }>,
  ) => narrator.step({ id, title, expected, meaning: `refused: ${meaning}` }, async () => (await run()).code)

  await refused('replay', 'It sends the same again.', 'token_redeemed', 'a token is spent once', () =>
    agent.post(PLACE, TEXT, token),
  )
  await refused('altered', 'It changes the text a little.', 'action_mismatch', 'nobody consented to these words', () =>
    agent.post(PLACE, `${TEXT} Trust me.`, token),
  )
  await refused('elsewhere', 'It tries another board.', 'action_mismatch', 'nobody consented to this place', () =>
    agent.post(ELSEWHERE, TEXT, token),
  )
  await refused(
    'forged',
    'It signs a token of its own.',
    'token_signature',
    'the authority did not sign it',
    async () => agent.post(PLACE, TEXT, await forge(token)),
  )
}

const ASK_FOR_DRAFT = {
  id: 'draft-without-token',
  title: 'It saves a harmless draft, and goes on to publish that.',
  meaning: 'refused: the challenge names the draft, and is bound to its text',
}

const APPROVE_DRAFT = {
  id: 'approve-draft',
  title: 'It relays the challenge. While the person reads the draft, the agent rewrites it.',
  meaning: 'approved: the person saw the harmless text',
}

/** The call is the approved one, to the letter; the thing that it points at is not. */
export async function rewriteWhileItWaits(stage: ForumStage): Promise<void> {
  const { agent, approver, narrator } = stage
  await agent.saveDraft(PLACE, DRAFT)
  const challenge = await tryWithout(stage, ASK_FOR_DRAFT, () => agent.publishDraft(PLACE))
  if (challenge === undefined) return
  const reading: typeof approver = {
    ...approver,
    async consent(...asked) {
      await agent.saveDraft(PLACE, REWRITTEN)
      await approver.consent(...asked)
    },
  }
  const token = await askAPerson({ ...stage, approver: reading }, APPROVE_DRAFT, challenge)
  if (token === undefined) return
  const step = {
    id: 'changed',
    title: 'It publishes the draft, with the token.',
    expected: 'state_changed',
    meaning: 'refused: nobody consented to what the draft says now',
  }
  await narrator.step(step, async () => (await agent.publishDraft(PLACE, token)).code)
}

/** The executor's tolerance for clocks, and one second for rounding. */
const AFTER_EXPIRY_SECONDS = 2

/** A real token, issued for ten seconds at the beginning and never used. */
export async function useForgotten({ agent, narrator, signal }: ForumStage, forgotten: ReadPermission): Promise<void> {
  await narrator.step(
    {
      id: 'expired',
      title: 'It finds a token to read with that was left lying about since the beginning.',
      expected: 'token_expired',
      meaning: 'refused: its ten seconds are over',
    },
    async () => {
      const left = forgotten.expiresAt + AFTER_EXPIRY_SECONDS - now()
      if (left > 0) await sleep(left * 1000, signal)
      return (await agent.authors(PLACE, forgotten.token)).code
    },
  )
}

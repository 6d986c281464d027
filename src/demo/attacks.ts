/** The attacks on a token that was good once: each is refused, with the code of its reason. */

import { now } from '../cli/terminal/time.ts'
import { sleep } from '../client/agent/sleep.ts'
import { forge } from './forge.ts'
import type { ReadPermission } from './forum-agent.ts'
import { ELSEWHERE, type ForumStage, PLACE, TEXT } from './stage.ts'

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

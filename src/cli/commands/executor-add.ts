/** `executor add`: registers an executor, its catalogue and its challenge keys; shows its credential, once. */
import type { JsonObject } from '@countersign/verifier'
import type { Command } from 'commander'
import { audienceUri } from '../../api/parties/party-shapes.ts'
import { catalogueFrom } from '../arguments/catalogue.ts'
import { challengeKeysFrom, generateChallengeKey } from '../arguments/challenge-keys.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'

interface Options {
  readonly title?: string
  readonly catalogue?: string
  readonly action?: readonly string[]
  readonly challengeKey?: string
  readonly generateChallengeKey?: string
  readonly expiresInDays?: number
  readonly reason?: string
}

export async function addExecutor(audience: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  if (!audienceUri.safeParse(audience).success) throw usage(`${audience} is not a URI, such as https://forum.example.`)
  const catalogue = catalogueFrom(options.catalogue, options.action ?? [])
  const given = jsonMembers({
    audience,
    title: options.title ?? audience.slice(0, 100),
    catalogue,
    challenge_keys: await challengeKeys(options),
    expires_in_days: options.expiresInDays,
  })
  await makeChange(
    context,
    { name: 'countersign.executor.add', resource: `executor:${audience}`, arguments: given, reason: options.reason },
    {
      done: `The executor ${audience} is registered, with ${catalogue.length} action${catalogue.length === 1 ? '' : 's'}.`,
      hint: 'Give it to the executor’s verifier as its credential.',
    },
  )
}

async function challengeKeys({ challengeKey, generateChallengeKey: out }: Options): Promise<JsonObject[] | undefined> {
  if (challengeKey !== undefined && out !== undefined) {
    throw usage('Give --challenge-key or --generate-challenge-key, not both.')
  }
  if (challengeKey !== undefined) return challengeKeysFrom(challengeKey)
  return out === undefined ? undefined : [await generateChallengeKey(out)]
}

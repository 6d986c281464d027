/** `executor add`: registers an executor, its catalogue and its challenge keys; shows its credential, once. */
import type { JsonObject } from '@countersign/verifier'
import type { Command } from 'commander'
import { audienceUri } from '../../api/schemas.ts'
import { catalogueFrom } from '../arguments/catalogue.ts'
import { challengeKeysFrom, generateChallengeKey } from '../arguments/challenge-keys.ts'
import { collect, integerBetween } from '../arguments/option-values.ts'
import { administer } from '../changes/administer.ts'
import { showChange } from '../changes/show-change.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
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

export const executorAdd = (executor: Command): Command =>
  executor
    .command('add <audience>')
    .description('register an executor; <audience> is the URI that names it')
    .option('--title <text>', 'its name for people (default: the audience)')
    .option('--catalogue <file>', 'JSON array of { name, effect, reversible, title }')
    .option('--action <name:effect[:irreversible]>', 'one action of the catalogue; repeatable', collect)
    .option('--challenge-key <file>', 'public JWK or JWK set with which it signs challenges')
    .option('--generate-challenge-key <file>', 'make such a key and write the private one to a new file')
    .option('--expires-in-days <days>', 'life of its credential (default 90)', integerBetween(1, 365))
    .option('--reason <text>', 'shown to the admin who consents')
    .addHelpText(
      'after',
      examples(
        'countersign executor add https://forum.example --catalogue forum.json --challenge-key public.jwk',
        'countersign executor add https://forum.example --action forum.read:read --action forum.post:write',
      ),
    )
    .action(addExecutor)

async function addExecutor(audience: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  if (!audienceUri.safeParse(audience).success) throw usage(`${audience} is not a URI, such as https://forum.example.`)
  const catalogue = catalogueFrom(options.catalogue, options.action ?? [])
  const keys = await challengeKeys(options)
  const given: JsonObject = {
    audience,
    title: options.title ?? audience.slice(0, 100),
    catalogue,
    ...(keys.length > 0 ? { challenge_keys: keys } : {}),
    ...(options.expiresInDays === undefined ? {} : { expires_in_days: options.expiresInDays }),
  }
  const change = { name: 'countersign.executor.add', resource: `executor:${audience}`, arguments: given } as const
  showChange(context.output, await administer(context, change, options.reason), {
    done: `The executor ${audience} is registered, with ${catalogue.length} action${catalogue.length === 1 ? '' : 's'}.`,
    hint: 'Give it to the executor’s verifier as its credential.',
  })
}

async function challengeKeys({ challengeKey, generateChallengeKey: out }: Options): Promise<JsonObject[]> {
  if (challengeKey !== undefined && out !== undefined) {
    throw usage('Give --challenge-key or --generate-challenge-key, not both.')
  }
  if (challengeKey !== undefined) return challengeKeysFrom(challengeKey)
  return out === undefined ? [] : [await generateChallengeKey(out)]
}

/** `executor edit`: changes the title, the catalogue or the keys of an executor, from the version that was just read. */
import type { Command } from 'commander'
import { editedCatalogue } from '../arguments/executor-arguments.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { Failure, unwrap, usage } from '../exit.ts'
import { challengeKeys, noteReads } from './party-commands.ts'

interface Options {
  readonly title?: string
  readonly catalogue?: string
  readonly action?: readonly string[]
  readonly removeAction?: readonly string[]
  readonly challengeKey?: string
  readonly generateChallengeKey?: string
  readonly reason?: string
}

export async function editExecutor(audience: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const { executors } = unwrap(await context.client().call('listExecutors'))
  const now = executors.find((executor) => executor.audience === audience && executor.revoked_at === null)
  if (now === undefined) throw new Failure('not_found', `There is no executor ${audience}. executor list shows them.`)
  const { catalogue: file, action: actions = [], removeAction: removed = [] } = options
  const catalogue = editedCatalogue(now.catalogue, { file, actions, removed })
  if (catalogue !== undefined) noteReads(context, catalogue)
  const change = { title: options.title, catalogue, challenge_keys: await challengeKeys(context, options) }
  if (Object.values(change).every((value) => value === undefined)) {
    throw usage('Say what to change: --title, --catalogue, --action, --remove-action or a challenge key.')
  }
  const given = jsonMembers({ audience, version: now.version, ...change })
  await makeChange(
    context,
    { name: 'countersign.executor.update', resource: `executor:${audience}`, arguments: given, reason: options.reason },
    { done: `The executor ${audience} is changed.` },
  )
}

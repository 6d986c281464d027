/** `grant request`: asks people for a series of calls before the first of them, and waits for their answer. */
import { setTimeout as sleep } from 'node:timers/promises'
import { newSalt } from '@countersign/verifier'
import type { Command } from 'commander'
import type { Answer, Client, RequestView } from '../../client/client.ts'
import { actionArguments } from '../arguments/action-arguments.ts'
import { boundsFrom } from '../arguments/bounds-options.ts'
import { awaitAnswer, openWith } from '../changes/await-consent.ts'
import { contextOf } from '../context.ts'
import { agentKey } from '../credential/agent-key.ts'
import { EXIT, Failure } from '../exit.ts'
import { facts } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

interface Options {
  readonly executor: string
  readonly resource: string
  readonly key: string
  readonly uses: number
  readonly arg?: readonly string[]
  readonly argsJson?: string
  readonly bound?: readonly string[]
  readonly reason?: string
  readonly for?: string
  readonly expiresIn?: number
}

export async function requestGrant(name: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const client = context.client()
  const action = {
    name,
    resource: options.resource,
    arguments: { ...actionArguments(options.argsJson, options.arg ?? []) },
    salt: newSalt(),
  }
  const body = {
    audience: options.executor,
    action,
    bounds: { uses: options.uses, arguments: { ...boundsFrom(options.bound ?? []) } },
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.for === undefined ? {} : { principal: options.for }),
    ...(options.expiresIn === undefined ? {} : { expires_in: options.expiresIn }),
  }
  const key = await agentKey(options.key)
  if (key.isNew) context.output.note(`  The agent’s key is in ${options.key}. Its calls need proofs by it.`)
  const open = () => openWith(client, body, key.proof)
  const { value: grant } = await awaitAnswer(context, client, open, (request, signal) =>
    answered(client, request, signal),
  )
  if (grant.state !== 'approved') throw notGiven(grant)
  const { output } = context
  output.result(
    { request: grant.id, trace: grant.trace, uses: options.uses, expires_at: grant.expires_at },
    facts(
      [
        ['grant', grant.id],
        ['calls', String(options.uses)],
        ['ends', instant(grant.expires_at)],
      ],
      output.paint,
    ),
  )
  output.note(`  Make each call with: countersign request ${name} --key ${options.key} …`)
}

const PAUSE_MS = 1000

async function answered(client: Client, { id }: RequestView, signal: AbortSignal): Promise<Answer<RequestView>> {
  for (;;) {
    const seen = await client.call('viewRequest', { params: { id }, waitSeconds: 25, signal })
    if (!seen.ok || seen.value.state !== 'pending') return seen
    await sleep(PAUSE_MS, undefined, { signal })
  }
}

function notGiven({ state, denial }: RequestView): Failure {
  const words = denial?.reason ? ` In the approver’s words: “${denial.reason}”` : ''
  if (state === 'expired') return new Failure('request_expired', 'Nobody answered in time.', EXIT.expired)
  return new Failure('request_denied', `The grant is ${state}.${words}`, state === 'denied' ? EXIT.denied : EXIT.failed)
}

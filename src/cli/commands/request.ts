/** `request`: proposes one action, waits for the answer, and shows what the token is good for. */
import { type JsonObject, newSalt, openToken, parseAction } from '@countersign/verifier'
import type { Command } from 'commander'
import type { Client, ProveDpop } from '../../client/client.ts'
import { actionArguments } from '../arguments/action-arguments.ts'
import { type Approved, awaitConsent } from '../changes/await-consent.ts'
import { contextOf } from '../context.ts'
import { agentKey } from '../credential/agent-key.ts'
import type { Output } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'
import { facts } from '../terminal/table.ts'
import { keysOf } from '../token/token-checks.ts'
import { tokenFacts } from '../token/token-facts.ts'

interface Options {
  readonly executor: string
  readonly resource: string
  readonly arg?: readonly string[]
  readonly argsJson?: string
  readonly reason?: string
  readonly for?: string
  readonly expiresIn?: number
  readonly key?: string
  readonly grant?: string
  readonly printToken?: true
}

export async function requestAction(name: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const client = context.client()
  const args = actionArguments(options.argsJson, options.arg ?? [])
  const proposal = {
    audience: options.executor,
    action: { name, resource: options.resource, arguments: { ...args }, salt: newSalt() },
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.for === undefined ? {} : { principal: options.for }),
    ...(options.expiresIn === undefined ? {} : { expires_in: options.expiresIn }),
    ...(options.grant === undefined ? {} : { grant: options.grant }),
  }
  const dpop = options.key === undefined ? undefined : await keyFor(options.key, context.output)
  const approved = await awaitConsent(context, client, proposal, dpop)
  await show(context.output, client, approved, options.printToken === true)
}

async function keyFor(file: string, output: Output): Promise<ProveDpop> {
  const { isNew, proof } = await agentKey(file)
  if (isNew) output.note(`  The agent’s key is in ${file}. The call needs a proof by it: countersign token proof`)
  return proof
}

async function show(output: Output, client: Client, approved: Approved, printToken: boolean): Promise<void> {
  const { request, token } = approved
  const { claims } = await openToken(token.token, await keysOf(client))
  const value: JsonObject = {
    request: request.id,
    ...(request.grant === undefined ? {} : { grant: request.grant }),
    trace: request.trace,
    jti: token.jti,
    expires_at: token.expires_at,
    claims: { ...claims },
    ...(token.action ? { action: plainAction(token.action) } : {}),
    ...(printToken ? { token: token.token } : {}),
  }
  if (token.action) {
    output.note('  An approver changed the call. The token is for these arguments, and for no others:')
    output.note(`  ${visible(JSON.stringify(token.action.arguments))}`)
  }
  if (output.json) return output.result(value, '')
  if (printToken) {
    output.note(facts(tokenFacts(claims), output.notePaint))
    return output.result(value, token.token)
  }
  const hint = 'Run it with --print-token to get the token itself.'
  output.result(value, `${facts(tokenFacts(claims), output.paint)}\n\n  ${output.paint.dim(hint)}`)
}

const plainAction = (action: unknown): JsonObject => ({ ...parseAction(action) })

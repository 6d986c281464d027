/** `request`: proposes one action, waits for the answer, and shows what the token is good for. */
import { type JsonObject, type JsonValue, newSalt, openToken } from '@countersign/verifier'
import type { Command } from 'commander'
import type { Client } from '../../client/client.ts'
import { jsonObject, jsonText } from '../arguments/json-file.ts'
import { type Approved, awaitConsent } from '../changes/await-consent.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
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
  readonly printToken?: true
}

export async function requestAction(name: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const client = context.client()
  const args = actionArguments(options.argsJson, options.arg ?? [])
  const approved = await awaitConsent(context, client, {
    audience: options.executor,
    action: { name, resource: options.resource, arguments: { ...args }, salt: newSalt() },
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.for === undefined ? {} : { principal: options.for }),
    ...(options.expiresIn === undefined ? {} : { expires_in: options.expiresIn }),
  })
  await show(context.output, client, approved, options.printToken === true)
}

async function show(output: Output, client: Client, approved: Approved, printToken: boolean): Promise<void> {
  const { request, token } = approved
  const { claims } = await openToken(token.token, await keysOf(client))
  const value: JsonObject = {
    request: request.id,
    trace: request.trace,
    jti: token.jti,
    expires_at: token.expires_at,
    claims: { ...claims },
    ...(printToken ? { token: token.token } : {}),
  }
  if (output.json) return output.result(value, '')
  if (printToken) {
    output.note(facts(tokenFacts(claims), output.notePaint))
    return output.result(value, token.token)
  }
  const hint = 'Run it with --print-token to get the token itself.'
  output.result(value, `${facts(tokenFacts(claims), output.paint)}\n\n  ${output.paint.dim(hint)}`)
}

/** `key=text`, `key:=JSON`, or one JSON object. An argument given twice is refused, since either could be the intended one. */
function actionArguments(json: string | undefined, pairs: readonly string[]): JsonObject {
  const whole = json === undefined ? {} : jsonObject(jsonText(json, '--args-json'), '--args-json')
  const entries = [...Object.entries(whole), ...pairs.map(argumentOf)]
  const names = entries.map(([name]) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw usage(`The argument ${twice} is given twice.`)
  return Object.fromEntries(entries)
}

function argumentOf(pair: string): [string, JsonValue] {
  const [, name, separator, value = ''] = /^([^=:]+)(:?=)(.*)$/s.exec(pair) ?? []
  if (name === undefined) throw usage(`--arg ${pair}: write it as key=text or key:=JSON.`)
  return [name, separator === ':=' ? jsonText(value, `--arg ${name}`) : value]
}

/** `token inspect`: shows the claims of a token and the checks that hold. It never redeems. */
import type { Command } from 'commander'
import { jsonFile } from '../arguments/json-file.ts'
import { contextOf, issuerOf } from '../context.ts'
import { EXIT, Failure } from '../exit.ts'
import type { Paint } from '../terminal/paint.ts'
import { facts, table } from '../terminal/table.ts'
import { instant, now } from '../terminal/time.ts'
import { type Check, checkToken, type Inspection, refusalOf } from '../token/token-checks.ts'
import { tokenFacts } from '../token/token-facts.ts'
import { tokenText } from '../token/token-text.ts'

interface Options {
  readonly file?: string
  readonly call?: string
}

export async function inspectToken(argument: string | undefined, options: Options, command: Command): Promise<void> {
  const { output, anonymous } = contextOf(command)
  const client = anonymous()
  const token = await tokenText(argument, options.file)
  const call = options.call === undefined ? undefined : jsonFile(options.call)
  const issuer = await issuerOf(client)
  const inspection = await checkToken({ token, client, issuer, now: now(), call }).catch((error: unknown) => {
    const refusal = refusalOf(error)
    throw refusal ? new Failure(refusal.code, refusal.message) : error
  })
  output.result(inspection, describe(inspection, output.paint))
  if (inspection.checks.some(({ result }) => result === 'fails')) process.exitCode = EXIT.failed
}

function describe({ claims, consents, checks }: Inspection, paint: Paint): string {
  const rows = consents.map(({ approver, key, expires, batch, problem }) => [
    approver,
    key,
    instant(expires),
    batch ? 'with others' : 'alone',
    problem ?? 'holds',
  ])
  const header = ['APPROVER', 'PASSKEY', 'UNTIL', 'GIVEN', 'SIGNATURE']
  return [
    paint.bold('What it says'),
    facts(tokenFacts(claims), paint),
    '',
    paint.bold('Who consented'),
    table(header, rows, { paint, nothing: 'Nobody: a policy allowed it.' }).replace(/^/gm, '  '),
    '',
    paint.bold('What was checked'),
    facts(
      checks.map((check) => [check.check, `${MARK[check.result]} ${check.result}: ${check.detail}`]),
      paint,
    ),
  ].join('\n')
}

const MARK: Record<Check['result'], string> = { holds: '✔', fails: '✘', 'not checked': '–' }

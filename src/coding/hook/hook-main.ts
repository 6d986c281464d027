/**
 * The hook itself, a program of its own: hands what the client says on standard input to the authority, and repeats its
 * answer. Everything but a clear answer within the deadline blocks the call. It is kept small, since clients start it for
 * each call. `hook.js CLIENT FILE`; with `after`, when the call has run, it tells how that ended, and blocks nothing. SPEC 15.
 */
import { readFileSync } from 'node:fs'

interface Settings {
  readonly url: string
  readonly agent: string
  readonly executor: string
  readonly deadlineSeconds: number
}

const MAX_INPUT = 1024 * 1024
const MAX_ANSWER = 64 * 1024
const [client = '', file = '', when = 'before'] = process.argv.slice(2)
const isAfter = when === 'after'
const AFTER_SECONDS = 5

/** Clients stop at status 2 and show the model what stands on standard error; Copilot reads standard output alone. */
function block(reason: string): never {
  if (isAfter) process.exit(0)
  if (client === 'copilot')
    process.stdout.write(JSON.stringify({ permissionDecision: 'deny', permissionDecisionReason: reason }))
  else process.stderr.write(`${reason}\n`)
  process.exit(client === 'copilot' ? 0 : 2)
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error))

process.on('uncaughtException', (error) => block(`The hook failed: ${words(error)}. The call did not run.`))

function readSettings(): Settings {
  const { url, agent, executor, deadlineSeconds } = JSON.parse(readFileSync(file, 'utf8'))
  if ([url, agent, executor].some((one) => typeof one !== 'string') || !(deadlineSeconds > 0))
    block(`${file} is no file of settings that countersign hook install wrote. Install the hook again.`)
  return { url, agent, executor, deadlineSeconds }
}

async function readAll(stream: AsyncIterable<Uint8Array>, most: number, tooLarge: string): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of stream) {
    parts.push(part)
    length += part.length
    if (length > most) block(tooLarge)
  }
  return Buffer.concat(parts).toString()
}

async function run(): Promise<void> {
  const { url, agent, executor, deadlineSeconds: most } = readSettings()
  const deadlineSeconds = isAfter ? Math.min(most, AFTER_SECONDS) : most
  const late = `Countersign gave no answer within ${deadlineSeconds} seconds. The call did not run.`
  setTimeout(() => block(late), deadlineSeconds * 1000)
  const input = await readAll(process.stdin, MAX_INPUT, 'The call is larger than 1 MiB. It did not run.')
  const answer = await fetch(new URL(`/hooks/${client}`, url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agent}`,
      'executor-authorization': `Bearer ${executor}`,
      'content-type': 'application/json',
      prefer: `wait=${Math.max(1, Math.floor(deadlineSeconds) - 5)}`,
    },
    body: input,
    redirect: 'error',
  }).catch((error) => block(`Countersign at ${url} cannot be reached (${words(error)}). The call did not run.`))
  if (isAfter) process.exit(0)
  const text = await readAll(
    answer.body ?? NOTHING,
    MAX_ANSWER,
    `The answer of ${url} is too long. The call did not run.`,
  )
  settle(answer, membersIn(text), text)
}

const NOTHING: AsyncIterable<Uint8Array> = (async function* () {})()

function settle({ status, headers }: Response, members: Members | undefined, text: string): void {
  const verdict = status === 200 && members ? headers.get('countersign-verdict') : undefined
  if (verdict === 'allowed' || verdict === 'approved') {
    process.stdout.write(text)
    process.exit(0)
  }
  // Codex blocks only where there is a reason.
  if (verdict === 'refused')
    block(
      decodeURIComponent(headers.get('countersign-reason') ?? '') || 'Countersign refused this call. It did not run.',
    )
  const { detail } = members ?? {}
  const said = typeof detail === 'string' ? detail : `it answered ${status}, which is no answer to a hook.`
  block(`Countersign refused the hook’s question: ${said} The call did not run.`)
}

type Members = Readonly<Record<string, unknown>>

function membersIn(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

run().catch((error) => block(`The hook failed: ${words(error)}. The call did not run.`))

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
const [client = '', file = '', when = 'before'] = process.argv.slice(2)
const isAfter = when === 'after'
const AFTER_SECONDS = 5

/** Clients stop at status 2 and show the model what stands on standard error; Copilot reads the answer alone. */
function block(reason: string, answer?: string): never {
  if (isAfter) process.exit(0)
  const copilot = JSON.stringify({ permissionDecision: 'deny', permissionDecisionReason: reason })
  if (client === 'copilot') process.stdout.write(answer ?? copilot)
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

async function readInput(): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of process.stdin) {
    parts.push(part)
    length += part.length
    if (length > MAX_INPUT) block('The call is larger than 1 MiB, and nobody could read it. It did not run.')
  }
  return Buffer.concat(parts).toString()
}

async function run(): Promise<void> {
  const { url, agent, executor, deadlineSeconds: most } = readSettings()
  const deadlineSeconds = isAfter ? Math.min(most, AFTER_SECONDS) : most
  const late = `Countersign gave no answer within ${deadlineSeconds} seconds. The call did not run.`
  setTimeout(() => block(late), deadlineSeconds * 1000)
  const input = await readInput()
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
  const text = await answer.text()
  const verdict = answer.headers.get('countersign-verdict')
  if (answer.status === 200 && (verdict === 'allowed' || verdict === 'approved')) {
    process.stdout.write(text)
    process.exit(0)
  }
  if (answer.status === 200 && verdict === 'refused')
    block(decodeURIComponent(answer.headers.get('countersign-reason') ?? ''), text)
  block(`Countersign refused the hook’s question: ${detailIn(text) ?? `status ${answer.status}`} The call did not run.`)
}

function detailIn(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text)
    return typeof detail === 'string' ? detail : undefined
  } catch {
    return undefined
  }
}

run().catch((error) => block(`The hook failed: ${words(error)}. The call did not run.`))

/** The ends of a command: its exit codes, and the one error that commands throw on purpose. */
import type { Answer, Problem } from '../client/client.ts'
import { visible } from './terminal/paint.ts'

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  expired: 4,
  unreachable: 5,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Shown under every help text, and held by a test. */
export const EXIT_CODES_HELP = `
Exit codes:
  0  done                       3  denied by an approver
  1  refused or failed          4  expired before it was answered
  2  wrong usage                5  the authority cannot be reached
                         130, 143  interrupted (SIGINT, SIGTERM); a waiting request was withdrawn`

/** An expected failure: one line for people, a code for programs, no stack. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string
  readonly exitCode: ExitCode
  /** Beside the code, for programs. */
  readonly facts: Pick<Problem, 'state' | 'denial'>

  constructor(
    code: string,
    message: string,
    exitCode: ExitCode = EXIT.failed,
    { facts = {}, ...options }: ErrorOptions & { readonly facts?: Failure['facts'] } = {},
  ) {
    super(message, options)
    this.code = code
    this.exitCode = exitCode
    this.facts = facts
  }
}

/** What to do where nothing usable answers at an address. */
export const unreachableWords = (url: string): string =>
  `Start the authority at ${url} with countersign serve, or give another address: --url, COUNTERSIGN_URL, or a profile of countersign login.`

export const usage = (message: string): Failure => new Failure('usage', message, EXIT.usage)

const EXIT_OF: Readonly<Partial<Record<Problem['code'], ExitCode>>> = {
  request_denied: EXIT.denied,
  request_expired: EXIT.expired,
  authority_unreachable: EXIT.unreachable,
}

export function failureOf({ code, detail, state, denial }: Problem): Failure {
  const words = denial?.reason ? ` In the approver’s words: “${denial.reason}”` : ''
  const isDenied = code !== 'request_denied' || state === undefined || state === 'denied'
  const exitCode = (isDenied ? EXIT_OF[code] : undefined) ?? EXIT.failed
  const facts = { ...(state === undefined ? {} : { state }), ...(denial === undefined ? {} : { denial }) }
  return new Failure(code, visible(`${detail}${words}`), exitCode, { facts })
}

/** Throws the `Failure` of a refused call. */
export function unwrap<Value>(answer: Answer<Value>): Value {
  if (answer.ok) return answer.value
  throw failureOf(answer.problem)
}

const INTERRUPTIONS = [
  ['SIGINT', new Failure('interrupted', 'Interrupted.', EXIT.interrupted)],
  ['SIGTERM', new Failure('interrupted', 'Interrupted.', EXIT.terminated)],
] as const

/**
 * Calls `end` at the first signal that asks the process to end; a second one ends it at once. The returned function
 * stops listening.
 */
export function onInterruption(end: (failure: Failure) => void): () => void {
  const listeners = INTERRUPTIONS.map(([signal, failure]) => [signal, () => interrupt(failure)] as const)
  const stop = () => listeners.forEach(([signal, listener]) => void process.off(signal, listener))
  const interrupt = (failure: Failure) => {
    stop()
    end(failure)
  }
  listeners.forEach(([signal, listener]) => void process.on(signal, listener))
  return stop
}

/** Resolves at the first signal that asks the process to end. */
export const interruption = (): Promise<unknown> => new Promise(onInterruption)

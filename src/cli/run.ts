/**
 * Runs the command that the arguments name, and turns every end into a line and an exit code.
 *
 * In: the arguments of the process. Out: its exit code. No stack is ever shown, unless `--verbose` asks for it.
 */
import { CommanderError } from 'commander'
import { StoreUnavailable } from '../domain/refusal.ts'
import { withHyphens } from './arguments/hyphens.ts'
import { EXIT, type ExitCode, Failure } from './exit.ts'
import { buildProgram } from './program.ts'
import { harmless, jsonText } from './terminal/output.ts'
import { paintFor, visible } from './terminal/paint.ts'

const args = process.argv.slice(2)
const has = (flag: string) => args.includes(flag)

process.stdout.on('error', endQuietlyWhenNobodyReads)
const exitCode = await run()
// A command has ended when its promise has, whatever sockets are still open; what it wrote goes out first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))

async function run(): Promise<ExitCode> {
  try {
    const program = buildProgram()
    await program.parseAsync(withHyphens(program, args), { from: 'user' })
    return process.exitCode === EXIT.failed ? EXIT.failed : EXIT.ok
  } catch (error) {
    return report(error)
  }
}

function report(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    // Help and version are answers; commander has already written whatever it had to say.
    if (error.exitCode === 0) return EXIT.ok
    if (has('--json')) writeProblem('usage', error.message)
    return EXIT.usage
  }
  const failure = error instanceof Failure ? error : (databaseFailure(error) ?? unexpected(error))
  if (has('--json')) writeProblem(failure.code, failure.message, failure.facts)
  else writeLine(failure.message)
  if (has('--verbose') && error instanceof Error && failure !== error)
    process.stderr.write(`${harmless(String(error.stack), { styled: false })}\n`)
  return failure.exitCode
}

function databaseFailure(error: unknown): Failure | undefined {
  return error instanceof StoreUnavailable ? new Failure('database_unavailable', visible(error.message)) : undefined
}

function unexpected(error: unknown): Failure {
  const [what = ''] = error instanceof Error ? error.message.split('\n').map(visible) : ['unknown error']
  const hint = has('--verbose') ? '' : ' Run it again with --verbose for the details.'
  return new Failure('unexpected', `Something unexpected happened: ${what.replace(/\.?$/, '.')}${hint}`)
}

function writeLine(message: string): void {
  const paint = paintFor(process.stderr, process.env)
  process.stderr.write(`${paint.red('✘')} ${harmless(message, { styled: false })}\n`)
}

function writeProblem(code: string, detail: string, facts: Failure['facts'] = {}): void {
  process.stdout.write(`${jsonText({ error: { code, detail, ...facts } })}\n`)
}

/** `countersign … | head` closes the pipe early; that is no error. */
function endQuietlyWhenNobodyReads(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed)
}

/**
 * A question that takes yes or no, on the terminal.
 *
 * In: the question. Out: true for yes. Without a terminal it throws a `Failure` that names the option for scripts.
 * The question goes to stderr, since stdout carries the result.
 */
import { createInterface } from 'node:readline/promises'
import { usage } from '../exit.ts'

export async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw usage('There is no terminal to ask on. Say --yes to go ahead.')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

/** A secret from the person at the terminal, who does not see it, or from a pipe. Never from an argument. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { EXIT, Failure } from '../exit.ts'

/** Without surrounding white space. */
export const readSecret = async (prompt: string): Promise<string> =>
  (process.stdin.isTTY ? await hiddenLine(prompt) : await text(process.stdin)).trim()

async function hiddenLine(prompt: string): Promise<string> {
  process.stderr.write(prompt)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    for await (const line of terminal) return line
    throw new Failure('interrupted', 'Interrupted.', EXIT.interrupted)
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

/** `completion`: prints the script with which a shell completes commands and options. */
import type { Command } from 'commander'
import { bashScript, fishScript, zshScript } from '../arguments/completion-scripts.ts'
import { outputOf } from '../context.ts'
import { usage } from '../exit.ts'

const SCRIPTS: ReadonlyMap<string, (program: Command) => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
])

export function printCompletion(shell: string, _: object, command: Command): void {
  const script = SCRIPTS.get(shell)
  if (script === undefined) throw usage(`There is a completion for ${[...SCRIPTS.keys()].join(', ')}.`)
  const program = command.parent ?? command
  outputOf(command).document({ shell, script: script(program) }, script(program))
}

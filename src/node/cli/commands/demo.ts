/** `demo`: replays an incident with a real authority, a real forum, and a person with a passkey. */
import type { Command } from 'commander'
import { runDemo } from '../../demo/run-demo.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
import { EXIT } from '../exit.ts'
import { integerBetween } from '../option-values.ts'

interface Options {
  readonly auto?: true
  readonly keep?: string
  readonly port: number
  readonly forumPort: number
}

const port = integerBetween(0, 65_535)

export const demo = (program: Command): Command =>
  program
    .command('demo')
    .description('see an agent refused, approved, and refused again; with --json, a step a line')
    .option('--auto', 'let a headless Chromium with a virtual passkey play the person')
    .option('--keep <folder>', 'then leave everything running, and write what is needed to use it to demo.json')
    .option('--port <port>', 'of the authority; 0 for a free one', port, 0)
    .option('--forum-port <port>', 'of the forum; 0 for a free one', port, 0)
    .addHelpText('after', examples('countersign demo', 'countersign demo --auto --keep playground'))
    .action(playDemo)

async function playDemo(options: Options, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const { auto = false, keep, port, forumPort } = options
  if (!(await runDemo({ auto, keep, port, forumPort }, output))) process.exitCode = EXIT.failed
}

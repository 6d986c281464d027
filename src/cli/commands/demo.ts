/** `demo`: replays two incidents with a real authority, real executors, and a person with a passkey. */
import { type Command, Option } from 'commander'
import { runDemo } from '../../demo/run-demo.ts'
import { STORIES, type StoryName } from '../../demo/stories.ts'
import { integerBetween } from '../arguments/option-values.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
import { EXIT } from '../exit.ts'

interface Options {
  readonly auto?: true
  readonly keep?: string
  readonly port: number
  readonly forumPort: number
  readonly mailboxPort: number
  readonly story?: StoryName
}

const port = integerBetween(0, 65_535)

export const demo = (program: Command): Command =>
  program
    .command('demo')
    .description(
      'see an agent refused, approved, and refused again, and another stopped half-way; with --json, a step a line',
    )
    .addOption(new Option('--story <story>', 'tell this one alone').choices(STORIES))
    .option('--auto', 'let a headless Chromium with a virtual passkey play the person')
    .option('--keep <folder>', 'then leave everything running, and write what is needed to use it to demo.json')
    .option('--port <port>', 'of the authority; 0 for a free one', port, 0)
    .option('--forum-port <port>', 'of the forum; 0 for a free one', port, 0)
    .option('--mailbox-port <port>', 'of the mailbox; 0 for a free one', port, 0)
    .addHelpText('after', examples('countersign demo', 'countersign demo --auto --keep playground'))
    .action(playDemo)

async function playDemo(options: Options, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const { auto = false, keep, story, ...ports } = options
  const tell = story === undefined ? STORIES : [story]
  if (!(await runDemo({ ...ports, auto, keep, tell }, output))) process.exitCode = EXIT.failed
}

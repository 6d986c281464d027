/** `demo`: tells three stories with a real authority, real executors, and a person with a passkey. */
import type { Command } from 'commander'
import { runDemo } from '../../demo/run-demo.ts'
import { STORIES, type StoryName } from '../../demo/story-names.ts'
import { contextOf } from '../context.ts'
import { EXIT } from '../exit.ts'

interface Options {
  readonly auto?: true
  readonly keep?: string
  readonly port: number
  readonly forumPort: number
  readonly mailboxPort: number
  readonly story?: StoryName
}

export async function playDemo(options: Options, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const { auto = false, keep, story, ...ports } = options
  const tell = story === undefined ? STORIES : [story]
  if (!(await runDemo({ ...ports, auto, keep, tell }, output))) process.exitCode = EXIT.failed
}

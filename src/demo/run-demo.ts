/**
 * The demo, from an empty folder to the end of its stories, and afterwards as a playground with `keep`.
 *
 * In: options, an output. Out: true when every step went as expected. Leaves nothing behind but what `keep` asks for.
 */
import { onInterruption } from '../cli/exit.ts'
import type { Output } from '../cli/terminal/output.ts'
import { type Approver, approverAtTerminal } from './approver.ts'
import { createAuditor } from './auditor.ts'
import { approverInBrowser } from './browser-approver.ts'
import { assemble, type Cast, type CastOptions, enrolFirstAdmin } from './cast.ts'
import { createNarrator } from './narrator.ts'
import { writePlayground } from './playground.ts'
import type { Pace, StoryResult } from './stage.ts'
import { stories } from './stories.ts'
import type { StoryName } from './story-names.ts'

export interface DemoOptions extends Omit<CastOptions, 'pauseMs' | 'withFiles'> {
  /** Played in this order. */
  readonly tell: readonly StoryName[]
  /** Play the person, too, in a browser. */
  readonly auto: boolean
  /** Folder for demo.json; authority and executors then go on running. */
  readonly keep: string | undefined
}

/** A person needs time to reach for the switch, a browser does not. */
const PACES: Readonly<Record<'person' | 'browser', Pace>> = {
  person: { pauseMs: 500, alarming: 5 },
  browser: { pauseMs: 75, alarming: 80 },
}

export async function runDemo(options: DemoOptions, output: Output): Promise<boolean> {
  const interrupted = interruption()
  const pace = PACES[options.auto ? 'browser' : 'person']
  const approver = options.auto ? await approverInBrowser() : approverAtTerminal(output)
  try {
    const cast = await assemble({ ...options, pauseMs: pace.pauseMs, withFiles: options.tell.includes('files') })
    try {
      return await play({ cast, approver, pace, output, interrupted }, options)
    } finally {
      await cast.stop()
    }
  } finally {
    await approver.close()
  }
}

interface RunningDemo {
  readonly cast: Cast
  readonly approver: Approver
  readonly pace: Pace
  readonly output: Output
  readonly interrupted: AbortSignal
}

type StoryResults = Partial<Record<StoryName, StoryResult>>

async function play(demo: RunningDemo, { tell, keep }: DemoOptions): Promise<boolean> {
  const { cast, approver, pace, output, interrupted } = demo
  const { paint } = output
  const narrator = createNarrator(output)
  const setting = { approver, auditor: createAuditor(cast), narrator, paint, signal: interrupted }
  const all: StoryResults = {}
  for (const [index, name] of tell.entries()) {
    const story = stories[name]
    narrator.say(`\n${paint.bold(`  ${story.title}`)}\n\n${story.prologue.map((line) => `  ${line}`).join('\n')}\n`)
    if (index === 0) {
      narrator.say(
        paint.dim(`  authority ${cast.authority.origin}   forum ${cast.forum.url}   mailbox ${cast.mailbox.url}\n`),
      )
      await enrolFirstAdmin(cast, approver, interrupted)
    }
    const result = await story.tell(cast, setting, pace)
    const isAsExpected = result !== undefined && narrator.isAsExpected()
    narrator.say(isAsExpected ? paint.bold(`  ${story.epilogue}\n`) : paint.red('  That did not go as it should.\n'))
    if (!isAsExpected) return false
    all[name] = result
  }
  if (keep !== undefined) await keepRunning(demo, all, keep)
  return true
}

async function keepRunning(
  { cast, output, interrupted }: RunningDemo,
  results: StoryResults,
  folder: string,
): Promise<void> {
  const file = writePlayground(folder, {
    ...stories.forum.scene(cast, results.forum),
    authority: cast.authority.origin,
    auditor_credential: cast.auditorCredential,
    operator_credential: cast.authority.operatorCredential,
    log_vkey: cast.logVkey,
    mailbox: stories.mailbox.scene(cast, results.mailbox),
    ...(cast.files && { files: stories.files.scene(cast, results.files) }),
  })
  output.note(`  Authority and executors go on running; ${file} says how to use them. Interrupt to end.`)
  await new Promise<void>((resolve) => {
    // A pending promise alone would let the process end.
    const alive = setInterval(() => {}, 2 ** 30)
    interrupted.addEventListener('abort', () => {
      clearInterval(alive)
      resolve()
    })
  })
}

/** The first interrupt ends the story in good order; a second one ends the process, as ever. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  onInterruption((failure) => controller.abort(failure))
  return controller.signal
}

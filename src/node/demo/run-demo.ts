/**
 * The demo, from an empty folder to the end of the story, and on as a playground where that is wanted.
 *
 * In: options, an output. Out: whether everything went as told. Leaves nothing behind but what `keep` asks for.
 */
import { EXIT, Failure } from '../cli/exit.ts'
import type { Output } from '../cli/output.ts'
import { createAgent } from './agent.ts'
import { type Approver, approverAtTerminal } from './approver.ts'
import { createAuditor } from './auditor.ts'
import { approverInBrowser } from './browser-approver.ts'
import { AUDIENCE, assemble, type Cast, type CastOptions, enrolFirstAdmin } from './cast.ts'
import { resourceOf } from './forum-actions.ts'
import { createNarrator } from './narrator.ts'
import { writePlayground } from './playground.ts'
import { PLACE, TEXT } from './stage.ts'
import { type Told, tellStory } from './story.ts'

export interface DemoOptions extends CastOptions {
  /** Play the person, too, in a browser. */
  readonly auto: boolean
  /** Folder for demo.json; authority and forum then go on running. */
  readonly keep: string | undefined
}

export async function runDemo(options: DemoOptions, output: Output): Promise<boolean> {
  const interrupted = interruption()
  const approver = options.auto ? await approverInBrowser() : approverAtTerminal(output)
  try {
    const cast = await assemble(options)
    try {
      return await play(cast, approver, options, output, interrupted)
    } finally {
      await cast.stop()
    }
  } finally {
    await approver.close()
  }
}

async function play(
  cast: Cast,
  approver: Approver,
  { keep }: DemoOptions,
  output: Output,
  interrupted: AbortSignal,
): Promise<boolean> {
  const narrator = createNarrator(output)
  narrator.say(prologue(cast, output))
  await enrolFirstAdmin(cast, approver, interrupted)
  const agent = createAgent({
    authority: cast.authority.origin,
    credential: cast.agentCredential,
    forum: cast.forum.url,
    audience: AUDIENCE,
  })
  const auditor = createAuditor(cast)
  const told = await tellStory({ agent, approver, auditor, narrator, paint: output.paint, signal: interrupted })
  const asTold = told !== undefined && narrator.asTold()
  narrator.say(epilogue(asTold, output))
  if (asTold && keep !== undefined) await keepRunning(cast, told, keep, output, interrupted)
  return asTold
}

function prologue({ authority, forum }: Cast, { paint }: Output): string {
  return [
    '',
    paint.bold('  The March incident, replayed'),
    '',
    '  In March a helpdesk agent was asked to look into a question in the engineering forum.',
    '  It answered it, in public. Nobody had asked it to, and the answer was wrong.',
    '  Here it tries again, with an authority in between.',
    '',
    paint.dim(`  authority ${authority.origin}   forum ${forum.url}`),
    '',
  ].join('\n')
}

const epilogue = (asTold: boolean, { paint }: Output): string =>
  asTold
    ? paint.bold('  One approved reply, and not one more. No token, no execution.\n')
    : paint.red('  That did not go as it should.\n')

async function keepRunning(
  cast: Cast,
  told: Told,
  folder: string,
  output: Output,
  interrupted: AbortSignal,
): Promise<void> {
  const file = writePlayground(folder, {
    authority: cast.authority.origin,
    executor: cast.forum.url,
    audience: AUDIENCE,
    agent_credential: cast.agentCredential,
    executor_credential: cast.executorCredential,
    auditor_credential: cast.auditorCredential,
    operator_credential: cast.authority.operatorCredential,
    log_vkey: cast.logVkey,
    token: told.token,
    action: { name: 'forum.post', resource: resourceOf(PLACE), arguments: { ...PLACE, text: TEXT } },
    trace: told.trace,
  })
  output.note(`  Authority and forum go on running; ${file} says how to use them. Interrupt to end.`)
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
  const interrupt = () => controller.abort(new Failure('interrupted', 'Interrupted.', EXIT.interrupted))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  return controller.signal
}

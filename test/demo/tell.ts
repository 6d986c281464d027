/** Tells one story with a real authority, real executors and a software passkey, and says what went differently. */
import { createOutput } from '../../src/cli/terminal/output.ts'
import type { Approver } from '../../src/demo/approver.ts'
import { createAuditor } from '../../src/demo/auditor.ts'
import { assemble, type Cast, enrolFirstAdmin } from '../../src/demo/cast.ts'
import { type Handler, listen } from '../../src/demo/listen.ts'
import { createNarrator } from '../../src/demo/narrator.ts'
import { stories } from '../../src/demo/stories.ts'
import type { StoryName } from '../../src/demo/story-names.ts'
import { migratedDatabase } from '../setup/postgres.ts'
import { softwareApprover } from './software-approver.ts'

const PACE = { pauseMs: 20, alarming: 60 }

const stops: (() => unknown)[] = []

export async function endTold(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop()
}

export interface Bent {
  readonly denies?: boolean
  readonly approver?: (approver: Approver, cast: Cast) => Approver
  /** Replaces the story's real executor. */
  readonly executor?: (cast: Cast) => Handler
  /** The key that the auditor takes for the log's. */
  readonly vkey?: (cast: Cast) => Promise<string>
}

export async function tell(name: StoryName, { denies = false, approver = same, executor, vkey }: Bent = {}) {
  const { url: databaseUrl, drop } = await migratedDatabase()
  stops.push(drop)
  const real = await assemble({
    port: 0,
    forumPort: 0,
    mailboxPort: 0,
    pauseMs: PACE.pauseMs,
    withFiles: name === 'files',
    databaseUrl,
  })
  stops.push(real.stop)
  const cast = executor && name !== 'files' ? await replaced(real, name, executor) : real
  const person = approver(await softwareApprover(cast.authority.origin, { denies }), cast)
  const { signal } = new AbortController()
  await enrolFirstAdmin(cast, person, signal)
  const lines: string[] = []
  const stdout = { write: (text: string) => lines.push(text) }
  const output = createOutput({ json: true, stdout, stderr: { write: () => {} }, environment: {} })
  const narrator = createNarrator(output)
  const auditor = createAuditor({ ...cast, ...(vkey && { logVkey: await vkey(cast) }) })
  const setting = { approver: person, auditor, narrator, paint: output.paint, signal }
  const told = await stories[name].tell(cast, setting, PACE)
  const steps = lines.map((line): { id: string; got: string; ok: boolean } => JSON.parse(line))
  return {
    cast,
    told,
    steps,
    asTold: narrator.isAsExpected(),
    wrong: steps.filter(({ ok }) => !ok).map(({ id }) => id),
  }
}

const same = (approver: Approver) => approver

async function replaced(cast: Cast, name: 'forum' | 'mailbox', executor: (cast: Cast) => Handler): Promise<Cast> {
  await cast[name].stop()
  const listening = await listen(executor(cast), 0)
  stops.push(listening.stop)
  return { ...cast, [name]: { ...cast[name], ...listening } }
}

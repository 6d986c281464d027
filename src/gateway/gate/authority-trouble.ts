/** What the verifier reports by the way, for the operator: each trouble once a minute, in words that say what follows. */
import { ApprovalError } from '@countersign/verifier'
import { PreviewRefused } from './tool-call.ts'

const QUIET_MS = 60_000
const MAX_SHOWN = 500

export function tellTrouble(issuer: string, log: (line: string) => void): (error: unknown) => void {
  const tell = quietly(log)
  return (error) => tell(wordsOf(error, issuer))
}

/** Logs a line that repeats once a minute. */
export function quietly(log: (line: string) => void): (line: string) => void {
  const told = { line: '', at: Number.NEGATIVE_INFINITY }
  return (line) => {
    const now = performance.now()
    if (line === told.line && now - told.at < QUIET_MS) return
    told.line = line
    told.at = now
    log(line)
  }
}

/** A preview fails with an error of its own; everything else is about the authority. */
function wordsOf(error: unknown, issuer: string): string {
  // A server's words may hold what its preview would: its agent gets them, the log does not.
  if (error instanceof PreviewRefused) return 'A preview could not be made: the server refused to say what is there.'
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, MAX_SHOWN)
  const isAuthority = error instanceof ApprovalError || error instanceof TypeError || error instanceof DOMException
  if (!isAuthority) return `A preview could not be made: ${detail}`
  return `The authority at ${issuer} was not reached (${detail}) The gateway goes on trying. Until then kill switches and reports of outcomes may be late, and what people approved may not run.`
}

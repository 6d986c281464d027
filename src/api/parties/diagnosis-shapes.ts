/** The authority's findings about its own set-up on the wire: events of a stream that ends by itself. */
import * as z from 'zod'

/** `unknown`: it could not be looked at, or is no fault by itself. */
export const Finding = z.strictObject({
  subject: z.string(),
  state: z.enum(['ok', 'mend', 'unknown']),
  /** The finding and, where something is to be mended, the way to mend it. */
  words: z.string(),
})
export type Finding = z.infer<typeof Finding>

export const Diagnosis = z.strictObject({
  now_ms: z.number(),
  findings: z.array(Finding),
})
export type Diagnosis = z.infer<typeof Diagnosis>

/** Events after the diagnosis: so many, so far apart. A proxy that buffers gives them out at once. */
export const BEATS = { count: 4, everyMs: 250 } as const

export const ok = (subject: string, words: string): Finding => ({ subject, state: 'ok', words })
export const mend = (subject: string, words: string): Finding => ({ subject, state: 'mend', words })
export const unknown = (subject: string, words: string): Finding => ({ subject, state: 'unknown', words })

/** The endpoint that hooks of coding agents ask before a tool runs, and tell how it ended. */
import * as z from 'zod'
import { define } from '../endpoint.ts'

const HookInput = z.record(z.string(), z.unknown()).meta({
  id: 'HookInput',
  description: 'What the client tells its hook before or after a tool runs, in the client’s own form',
})

const HookAnswer = z.record(z.string(), z.unknown()).meta({
  id: 'HookAnswer',
  description: 'The decision in the client’s own form; empty where policy allows the call, and after it',
})

export const hookEndpoints = define('agents', {
  answerHook: {
    method: 'POST',
    path: '/hooks/:client',
    summary: 'Ask whether a tool of a coding agent may run now, or tell how it ended',
    description:
      'client is claude-code, gemini, codex, cursor or copilot. The call is an action at the executor whose credential Executor-Authorization has. Countersign-Verdict is allowed, approved, refused, or noted after the call; Countersign-Reason is percent-encoded.',
    callers: ['agent'],
    newWork: true,
    large: true,
    headers: ['Executor-Authorization', 'Prefer'],
    body: HookInput,
    response: HookAnswer,
    refusals: ['rate_limited', 'not_found'],
  },
})

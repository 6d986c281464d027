/** The last steps of every story: the ledger is checked against it. */
import type { Stage } from './stage.ts'
import { type Entry, traceStory } from './trace-story.ts'

/** The entries that prove an approved act, in this order. */
const CAUSES = ['request.created', 'request.decided', 'consent.given', 'token.issued', 'token.redeemed']

export const showTrace = ({ agent, narrator, paint }: Stage, id: string, trace: string) =>
  narrator.step(
    {
      id,
      title: `The ledger tells the same story, under trace ${trace}:`,
      expected: [...CAUSES, 'outcome.reported'].join(', '),
      meaning: 'every fact is there, with its cause',
    },
    async () => {
      const answer = await agent.client.call('trace', { params: { trace } })
      if (!answer.ok) return answer.problem.code
      const entries: readonly Entry[] = answer.value.entries
      narrator.say(traceStory(entries, paint))
      const types = entries.map(({ type }) => String(type))
      return [...new Set(types)].filter((type) => type !== 'token.refused').join(', ')
    },
  )

export const auditLog = ({ auditor, narrator }: Stage, id: string) =>
  narrator.step(
    {
      id,
      title: 'The auditor reads the whole log, rebuilds it from nothing and checks every signature in it.',
      expected: 'rebuilt, nothing found',
      meaning: 'clean: no fact without its cause, no signature that does not hold',
    },
    () => auditor.auditLog(),
  )

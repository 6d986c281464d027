/** The reach of an agent on the wire. SPEC 11.7. */
import * as z from 'zod'
import type { SurveyedAgent } from '../../authority/drafts/survey-agent.ts'

const Reached = z.strictObject({
  name: z.string(),
  effect: z.string(),
  reversible: z.boolean().nullable().meta({ description: 'null where the catalogue does not say' }),
  worst: z.enum(['alone', 'asked', 'never']).meta({ description: 'alone: nobody has to consent' }),
  quorum: z.int().meta({ description: 'Of the mildest terms: distinct humans' }),
  groups: z.array(z.string()),
  ttl_seconds: z.int(),
  uses: z.int().meta({ description: 'Of one token' }),
  policies: z.array(z.string()).meta({ description: 'The permits that make it possible' }),
  conditional: z.boolean().meta({ description: 'It depends on what the agent sends, or on the moment' }),
})

export const ReachView = z
  .strictObject({
    agent: z.string(),
    per_minute: z.int().meta({ description: 'Proposals of the agent, per process' }),
    owner_gone: z.boolean().meta({ description: 'The person who runs it has left: it can ask for nothing' }),
    executors: z.array(z.strictObject({ audience: z.string(), title: z.string(), actions: z.array(Reached) })),
  })
  .meta({ id: 'AgentReach' })

export const reachView = ({ agent, perMinute, isOwnerGone, executors }: SurveyedAgent): z.input<typeof ReachView> => ({
  agent,
  per_minute: perMinute,
  owner_gone: isOwnerGone,
  executors: executors.map(({ actions, ...executor }) => ({
    ...executor,
    actions: actions.map(({ ttlSeconds, isConditional, ...action }) => ({
      ...action,
      groups: [...action.groups],
      policies: [...action.policies],
      ttl_seconds: ttlSeconds,
      conditional: isConditional,
    })),
  })),
})

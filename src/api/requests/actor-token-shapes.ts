/** Tokens by which one agent lets another act for it, on the wire. SPEC 2.4. */
import * as z from 'zod'
import type { ActorToken } from '../../authority/requests/agent-chain.ts'
import { clientId } from '../../domain/identity/identifiers.ts'
import { instant } from '../wire-fields.ts'

export const actorToken = z.string().min(1).max(4096)

export const ActorTokenOrder = z
  .strictObject({
    agent: clientId.meta({ description: 'The one agent that may present it' }),
    actor_token: actorToken
      .optional()
      .meta({ description: 'By which another agent lets this one act: nests the chain' }),
  })
  .meta({ id: 'OrderActorToken', example: { agent: 'research-agent' } })

export const ActorTokenView = z
  .strictObject({ actor_token: z.string(), expires_at: instant })
  .meta({ id: 'ActorToken' })

export const actorTokenView = ({ token, expiresAt }: ActorToken): z.input<typeof ActorTokenView> => ({
  actor_token: token,
  expires_at: expiresAt,
})

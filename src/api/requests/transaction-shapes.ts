/** Relayed challenges and their tokens on the wire. SPEC 2.2; RFC 6749; draft-rosomakho-oauth-txn-challenge. */
import * as z from 'zod'
import type { MintedToken } from '../../authority/tokens/issue.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { jsonObject } from '../wire-fields.ts'
import { actorToken } from './actor-token-shapes.ts'
import { Action, CHANGED_CALL, callView, POLL_INTERVAL_SECONDS } from './request-shapes.ts'

export const TransactionForm = z
  .strictObject({
    transaction_challenge: z.string().max(196_608).optional(),
    transaction_authorization_id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional(),
    actor_token: actorToken.optional(),
  })
  .meta({
    id: 'TransactionAuthorization',
    description:
      'transaction_challenge or transaction_authorization_id, one of the two (draft-rosomakho-oauth-txn-challenge); with a challenge actor_token, which proves the chain (2.4)',
  })

const TransactionView = z
  .strictObject({
    transaction_authorization_id: z.string(),
    expires_in: z.int(),
    interval: z.int(),
    authorization_uri: z.url(),
  })
  .meta({ id: 'TransactionOpened' })

export const transactionView = (
  { id, createdAt, expiresAt }: ApprovalRequest,
  issuer: string,
): z.input<typeof TransactionView> => ({
  transaction_authorization_id: id,
  expires_in: Math.max(0, expiresAt - createdAt),
  interval: POLL_INTERVAL_SECONDS,
  authorization_uri: `${issuer}/approve/${id}`,
})

export const TransactionToken = z
  .strictObject({
    access_token: z.string(),
    token_type: z.enum(['Bearer', 'DPoP']),
    expires_in: z.int(),
    authorization_details: z.array(jsonObject),
    action: Action.optional().meta({ description: CHANGED_CALL }),
  })
  .meta({ id: 'TransactionToken' })

export const transactionTokenView = (minted: MintedToken): z.input<typeof TransactionToken> => ({
  access_token: minted.token,
  token_type: minted.bound ? 'DPoP' : 'Bearer',
  expires_in: minted.expiresAt - minted.issuedAt,
  authorization_details: [...minted.authorizationDetails],
  ...callView(minted.changed),
})

export const TransactionAnswer = z
  .union([TransactionView, TransactionToken])
  .meta({ description: 'To a challenge: the opened transaction. To an id: the token' })

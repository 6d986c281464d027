/**
 * An executor's challenge, relayed: what opens the transaction, and what it leads to. RFC 6749; RFC 9396;
 * draft-rosomakho-oauth-txn-challenge.
 */
import { z } from 'zod'
import type { MintedToken } from '../../authority/tokens/issue.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { jsonObject } from '../wire-fields.ts'
import { POLL_INTERVAL_SECONDS } from './request-shapes.ts'

export const TransactionForm = z
  .strictObject({
    transaction_challenge: z.string().max(196_608).optional(),
    transaction_authorization_id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional(),
  })
  .meta({ id: 'TransactionAuthorization', description: 'One of the two (draft-rosomakho-oauth-txn-challenge)' })

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
  })
  .meta({ id: 'TransactionToken' })

export const transactionTokenView = (minted: MintedToken): z.input<typeof TransactionToken> => ({
  access_token: minted.token,
  token_type: minted.bound ? 'DPoP' : 'Bearer',
  expires_in: minted.expiresAt - minted.issuedAt,
  authorization_details: [...minted.authorizationDetails],
})

export const TransactionAnswer = z
  .union([TransactionView, TransactionToken])
  .meta({ description: 'To a challenge: the opened transaction. To an id: the token' })

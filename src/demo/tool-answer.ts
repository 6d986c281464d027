/** An executor's answer to a call of an agent, and the headers of such a call. */
import { type JsonObject, parseJson } from '@countersign/verifier'

/** `code` is `ok`, or the code of its refusal. */
export interface ToolAnswer {
  readonly code: string
  readonly challenge: string | undefined
  readonly body: JsonObject
}

/** Says that the caller can relay a challenge, and shows a token where there is one. */
export const calling = (token: string | undefined): Record<string, string> => ({
  'Accept-Txn-Challenge': '?1',
  ...(token !== undefined && { Authorization: `Bearer ${token}` }),
})

export async function said(response: Response): Promise<ToolAnswer> {
  const body = parseJson(await response.text()) as JsonObject
  const inHeader = /transaction_challenge="([^"]+)"/.exec(response.headers.get('WWW-Authenticate') ?? '')?.[1]
  const inBody = body['transaction_challenge']
  return {
    code: response.ok ? 'ok' : String(body['code']),
    challenge: inHeader ?? (typeof inBody === 'string' ? inBody : undefined),
    body,
  }
}

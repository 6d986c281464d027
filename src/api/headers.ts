/** The request headers that endpoints read, beside `Authorization` and `Content-Type`. */
export const HEADERS = {
  Prefer: {
    description: 'wait=N holds the answer until there is news, at most 55 seconds (RFC 7240)',
    example: 'wait=25',
  },
  'Idempotency-Key': {
    description:
      '1 to 255 visible ASCII characters, per caller and endpoint. The same body under the same key gives the answer of the first call; another body is refused with 422',
    example: '2c9b0e9e-7d3c-4c57-9a7e-0b7d7f1c2a55',
  },
  DPoP: {
    description: 'A proof of possession for this call (RFC 9449). The token is then bound to the key of the proof',
    example: undefined,
  },
  traceparent: {
    description: 'The caller’s W3C trace context, kept for correlation alone',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  'Approval-Token': { description: 'The approval token of this action', example: undefined },
  'If-None-Match': { description: 'The version that the caller knows, as ETag gave it', example: undefined },
  'Last-Event-ID': {
    description: 'The id of the last event that was read: the stream goes on after it',
    example: '42',
  },
} as const satisfies Readonly<Record<string, { description: string; example: string | undefined }>>

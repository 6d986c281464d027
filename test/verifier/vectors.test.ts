/** The vectors, which any implementation in any language has to agree with. */
import * as executors from '@countersign/verifier'
import { ERROR_CODES } from '@countersign/verifier'
import * as authorities from '@countersign/verifier/authority'
import { expect, test } from 'vitest'
import { runVectors } from '../vectors/run.mjs'
import tokens from '../vectors/token.json' with { type: 'json' }

test('every vector comes out as it says', async () => {
  const { count, failures } = await runVectors({ ...executors, ...authorities })
  expect(failures).toEqual([])
  expect(count).toBeGreaterThan(250)
})

test('there is a vector for every code a verifier can throw', () => {
  const seen = new Set(tokens.cases.map(({ expect: wanted }) => ('code' in wanted ? wanted.code : undefined)))
  const onlyTheAuthority = [
    'request_pending',
    'request_expired',
    'request_denied',
    'not_found',
    'forbidden',
    'unauthenticated',
  ]
  expect(ERROR_CODES.filter((code) => !seen.has(code) && !onlyTheAuthority.includes(code))).toEqual([])
})

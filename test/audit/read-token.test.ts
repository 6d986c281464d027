/** The text that a token signs is the one ECMAScript writes of its claims, however the archive writes its line. */
import { describe, expect, it } from 'vitest'
import { readToken } from '../../src/audit/tokens/read-token.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
await world.request({ by: [world.ada] })
const line = JSON.stringify(world.artifacts[0])
const round = line.replace(/"iat":\d+/, '"iat":1800000000')

describe('the minted text', () => {
  it.each([
    ['as archives write it', line],
    ['with the index of its entry', line.replace('{', '{"index":7,')],
    ['without a key id', line.replace(/,"kid":"[^"]+"/, '')],
    ['with white space', line.replace('"claims":{', '"claims":{ ')],
    ['with white space in place of digits', round.replace('"iat":1800000000', '"iat":      18e8')],
    ['with white space and digits in place of others', round.replace('"iat":1800000000', '"iat":180000e4  ')],
    ['with a member twice', line.replace('"claims":{', '"claims":{"iss":"https://other.example",')],
    ['with the claims twice', line.replace('"claims":', '"claims":{},"claims":')],
    ['with an escape', line.replace('"iss":"h', '"iss":"\\u0068')],
    ['with a letter beyond ASCII', line.replaceAll('some-agent', 'sömé-agent')],
  ])('%s', (_, text) => {
    expect(readToken(text)?.minted).toBe(JSON.stringify(JSON.parse(text).claims))
  })
})

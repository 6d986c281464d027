/** The story of a trace says of each refusal what was refused. */
import { expect, it } from 'vitest'
import { paintFor } from '../../src/cli/terminal/paint.ts'
import { traceStory } from '../../src/demo/trace-story.ts'

it.each([
  ['token_redeemed', 'an attempt to spend it again was refused'],
  ['action_mismatch', 'an attempt to spend it on another call was refused'],
  ['killed', 'an attempt was refused: a kill switch stopped it'],
  ['quorum_unmet', 'an attempt was refused: quorum_unmet'],
])('%s', (code, sentence) => {
  expect(traceStory([{ type: 'token.refused', at: 0, code }], paintFor({}, {}))).toContain(sentence)
})

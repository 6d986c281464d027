/** Times in words, as a person would say them. */
import { expect, it } from 'vitest'
import { roughly } from '../../src/web/parts/wording.ts'

it.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [119, '119 seconds'],
  [120, '2 minutes'],
  [152, '3 minutes'],
  [7199, '120 minutes'],
  [7200, '2 hours'],
  [172_800, '2 days'],
])('%i seconds are %s', (seconds, words) => {
  expect(roughly(seconds)).toBe(words)
})

/** Texts that would do harm are seen however they are spelled. */
import { describe, expect, it } from 'vitest'
import { signalsOf } from '../../../../src/domain/policy/signals/read-signals.ts'
import { FLAGS, type Flag } from '../../../../src/domain/policy/signals/signals.ts'
import { HOSTILE_SHELL, HOSTILE_SQL } from './hostile-texts.ts'

async function shown(argument: string, text: string): Promise<string[]> {
  const signals = await signalsOf({ name: 'tool.call', arguments: { [argument]: text }, entry: undefined })
  return Object.keys(FLAGS).filter((flag) => signals[flag as Flag])
}

describe('hostile SQL', () => {
  it.each(HOSTILE_SQL.map(([text, ...flags]) => ({ text, begin: text.slice(0, 80), flags })))(
    '$begin',
    async ({ text, flags }) => {
      expect(await shown('sql', text)).toEqual(expect.arrayContaining(['sql', ...flags]))
    },
  )
})

describe('hostile shell commands', () => {
  it.each(HOSTILE_SHELL.map(([text, ...flags]) => ({ text, begin: text.slice(0, 80), flags })))(
    '$begin',
    async ({ text, flags }) => {
      expect(await shown('command', text)).toEqual(expect.arrayContaining(['shell', ...flags]))
    },
  )
})

/** Everyday texts raise no alarm, whatever they quote. */
import { describe, expect, it } from 'vitest'
import { signalsOf } from '../../../../src/domain/policy/signals/read-signals.ts'
import { FLAGS, type Flag } from '../../../../src/domain/policy/signals/signals.ts'
import { HONEST_SHELL, HONEST_SQL, PROSE } from './honest-texts.ts'

async function shown(argument: string, text: string): Promise<string[]> {
  const signals = await signalsOf({ name: 'tool.call', arguments: { [argument]: text }, entry: undefined })
  return Object.keys(FLAGS).filter((flag) => signals[flag as Flag])
}

describe('honest SQL', () => {
  it.each(HONEST_SQL.map(([text, ...flags]) => ({ text, flags })))('$text', async ({ text, flags }) => {
    expect((await shown('sql', text)).sort()).toEqual(['sql', ...flags].sort())
  })
})

describe('honest shell commands', () => {
  it.each(HONEST_SHELL.map(([text, ...flags]) => ({ text, flags })))('$text', async ({ text, flags }) => {
    expect((await shown('command', text)).sort()).toEqual(['shell', ...flags].sort())
  })
})

describe('prose', () => {
  it.each(PROSE.map((text) => ({ text })))('$text', async ({ text }) => {
    const found = await shown('message', text)
    expect(found.filter((flag) => !['sql', 'shell'].includes(flag))).toEqual([])
  })
})

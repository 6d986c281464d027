/** The tables of settings say what the code does: names, defaults and ranges, each tried. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig, VARIABLES, variableOf } from '../../src/authority/config.ts'
import { documents, read, root } from './documents.ts'

const HOOK = ['COUNTERSIGN_AGENT_CREDENTIAL', 'COUNTERSIGN_EXECUTOR_CREDENTIAL']
const CLIENT = ['COUNTERSIGN_URL', 'COUNTERSIGN_CREDENTIAL', 'NO_COLOR', ...HOOK]
const source = readFileSync(join(root, 'src/authority/config.ts'), 'utf8')
const known = VARIABLES

const code = (cell = '') => /^`([^`]+)`$/.exec(cell)?.[1]
const rows = read('src/docs/settings.md')
  .rows.map(([name, fallback = '', meaning = '']) => ({ name: code(name) ?? '', fallback: code(fallback), meaning }))
  .filter(({ name }) => !CLIENT.includes(name))

const parse = (settings: Record<string, string | undefined>) => parseConfig(settings)
const MAIL = { COUNTERSIGN_SMTP_URL: 'smtp://mail.example', COUNTERSIGN_MAIL_FROM: 'a@example.com' }
/** Settings that are accepted only with others. */
const ENGINE = { COUNTERSIGN_POLICY_ENGINE: 'opa', COUNTERSIGN_POLICY_URL: 'https://opa.example/v1/data/rules' }
const withCompanion = (name: string, value: string) => {
  const companions = [MAIL, ENGINE].find((together) => name in together) ?? {}
  return { ...companions, [name]: value, ...(value === 'local' ? { COUNTERSIGN_POLICY_URL: undefined } : {}) }
}

describe('the table of settings', () => {
  it('has every setting once, and no other', () => {
    expect(known.length).toBeGreaterThan(25)
    expect(rows.map(({ name }) => name).sort()).toEqual([...known].sort())
  })

  it.each(rows.filter(({ fallback, name }) => fallback !== undefined && name !== 'COUNTERSIGN_LOG_KEY_NEXT'))(
    '$name has the default $fallback',
    ({ name, fallback = '' }) => {
      expect(parse({ [name]: fallback })).toEqual(parse({}))
    },
  )

  const ranges = rows.flatMap(({ name, meaning }) => {
    const [, least, most] = /(\d+) to (\d+)/.exec(meaning) ?? []
    return least && most ? [{ name, least: Number(least), most: Number(most) }] : []
  })

  it.each(ranges)('$name goes from $least to $most', ({ name, least, most }) => {
    for (const value of [least, most]) expect(() => parse({ [name]: String(value) })).not.toThrow()
    for (const value of [least - 1, most + 1]) expect(() => parse({ [name]: String(value) })).toThrow(name)
  })

  it('has the range of every number but rates', () => {
    const numbers = [...source.matchAll(/^ {2}(\w+): .*?(?:wholeNumber|z\.coerce)/gm)].map(([, member = '']) =>
      variableOf(member),
    )
    expect(numbers.length).toBeGreaterThan(10)
    const unnamed = numbers.filter((name) => !ranges.some((range) => range.name === name))
    expect(unnamed.filter((name) => !/PER_|_PORT$/.test(name ?? ''))).toEqual([])
  })

  it.each(rows.filter(({ meaning }) => /^`[^`]+`(, `[^`]+`)* or `/.test(meaning)))(
    '$name takes the values listed, and no other',
    ({ name, meaning }) => {
      const [listed = ''] = meaning.split(/[;.] |\.$|, for/)
      const values = [...listed.matchAll(/`([^`]+)`/g)].map(([, value = '']) => value)
      for (const value of values.filter((one) => !one.includes('…'))) {
        expect(() => parse(withCompanion(name, value))).not.toThrow()
      }
      expect(() => parse(withCompanion(name, 'nonsense'))).toThrow(name)
    },
  )

  it('shows witnesses in the form that is read', () => {
    const vkey = 'witness.example/w1+9aa0e4d1+BCkk'
    expect(parse({ COUNTERSIGN_WITNESSES: `https://witness.example ${vkey}` }).witnesses).toEqual([
      { url: 'https://witness.example', vkey },
    ])
  })
})

describe('settings named elsewhere', () => {
  it.each(documents)('$path names settings that exist', ({ text }) => {
    const named = [...new Set(text.match(/\bCOUNTERSIGN_[A-Z_]+[A-Z]\b/g))]
    expect(named.filter((name) => !known.includes(name) && !CLIENT.includes(name))).toEqual([])
  })
})

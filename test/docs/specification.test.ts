/** The specification says what the code does, as far as a table can be compared with one. */
import { ERROR_CODES, ERROR_STATUS } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { endpoints } from '../../src/api/endpoints.ts'
import { ownExecutor } from '../../src/authority/changes/own-changes.ts'
import { ENTRY_TYPES } from '../../src/domain/ledger/entry.ts'
import { documents, read } from './documents.ts'

const { text, rows } = read('src/docs/specification.md')
const names = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

describe('the specification', () => {
  it('has the sections 1 to 15', () => {
    const sections = text.match(/^## \d+\. /gm) ?? []
    expect(sections.map((heading) => Number.parseInt(heading.slice(3), 10))).toEqual(
      [...Array(15).keys()].map((at) => at + 1),
    )
  })

  it('counts the parts of each section in order', () => {
    const parts = [...text.matchAll(/^### (\d+)\.(\d+) /gm)].map(([, section, part]) => `${section}.${part}`)
    const counted = parts.map((part, at) => {
      const [section = ''] = part.split('.')
      return `${section}.${parts.slice(0, at + 1).filter((other) => other.startsWith(`${section}.`)).length}`
    })
    expect(parts).toEqual(counted)
  })

  it('lists every error code with its status', () => {
    const pairs = rows.flatMap(([code, status]) => (/^\d{3}$/.test(status ?? '') ? [[names(code)[0], status]] : []))
    expect(Object.fromEntries(pairs.map(([code, status]) => [code, Number(status)]))).toEqual({ ...ERROR_STATUS })
    expect(pairs.length).toBe(ERROR_CODES.length)
  })

  it('names every type of ledger entry', () => {
    expect(ENTRY_TYPES.filter((type) => !text.includes(`\`${type}\``))).toEqual([])
  })

  it('names every change to the authority', () => {
    const { catalogue } = ownExecutor('https://approve.example', 'Countersign')
    expect(catalogue.map(({ name }) => name).filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })
})

describe('calls named in the documents', () => {
  const served = Object.values(endpoints).map(({ method, path }) => {
    const pattern = path.replaceAll(/:\w+/g, '[^/ ]+')
    return new RegExp(`^${method} ${pattern}$`)
  })
  const isServed = (call: string) => served.some((pattern) => pattern.test(call))

  it.each(documents)('$path', ({ text }) => {
    const calls = [...text.matchAll(/`((?:GET|POST|DELETE) \/[\w./-]+)`/g)].map(([, call = '']) => call)
    expect(calls.filter((call) => !isServed(call))).toEqual([])
  })
})

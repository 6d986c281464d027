/** The period of an audit report that was given none, one end, or both. */
import { expect, it } from 'vitest'
import { reportPeriod } from '../../src/cli/audit/report-period.ts'

const at = (text: string) => Date.parse(text) / 1000

it.each([
  ['nothing', undefined, undefined, '2027-03-15T12:00Z', '2027-02-01', '2027-03-01'],
  ['nothing, in January', undefined, undefined, '2027-01-01T00:00Z', '2026-12-01', '2027-01-01'],
  ['nothing, on the last second of a month', undefined, undefined, '2027-01-31T23:59:59Z', '2026-12-01', '2027-01-01'],
  ['a start', '2027-01-10', undefined, '2027-03-15T12:00Z', '2027-01-10', '2027-03-15T12:00Z'],
  ['an end', undefined, '2027-03-31', '2027-04-15', '2027-02-28', '2027-03-31'],
  ['an end in a leap year', undefined, '2028-03-31T10:30Z', '2028-04-15', '2028-02-29T10:30Z', '2028-03-31T10:30Z'],
  ['both', '2020-01-01', '2021-01-01', '2027-03-15', '2020-01-01', '2021-01-01'],
])('%s', (_, from, to, now, first, last) => {
  const given = { ...(from && { from: at(from) }), ...(to && { to: at(to) }) }
  expect(reportPeriod(given, at(now))).toEqual({ from: at(first), to: at(last) })
})

it('refuses a period that ends before it begins', () => {
  expect(() => reportPeriod({ from: at('2027-04-01') }, at('2027-03-15'))).toThrow(/--to must come after --from/)
  expect(() => reportPeriod({ from: 5, to: 5 }, 10)).toThrow(/--to must come after --from/)
})

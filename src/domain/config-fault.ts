/** What is wrong with a configuration that one of the programs reads, in a sentence for each fault that begins with its place. */
import type * as z from 'zod'

type Issue = z.core.$ZodIssue

const MAX_FAULTS = 5

export const faultsIn = ({ issues }: z.ZodError): string => {
  const faults = issues.flatMap((issue) => sentencesOf(issue, []))
  const more = faults.length - MAX_FAULTS
  return [...faults.slice(0, MAX_FAULTS), ...(more > 0 ? [`There are ${more} more faults.`] : [])].join(' ')
}

type Path = readonly PropertyKey[]

function sentencesOf(issue: Issue, above: Path): readonly string[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'invalid_union') {
    const meant = nearest(issue.errors)
    const whole = meant.find(isWhole)
    if (!whole) return meant.flatMap((one) => sentencesOf(one, path))
    return [said(path, isMissing(whole) ? MISSING : issue.message)]
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => said(path, message))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${placeOf([...path, key])}: There is no such member.`)
  return [said(path, wordsOf(issue))]
}

const said = (path: Path, message: string): string => `${placeOf(path)}: ${sentence(message)}`

const MISSING = 'It is missing'
const isMissing = ({ message }: Issue): boolean => message.endsWith('received undefined')

/** Whether the schema has words of its own. */
const isSaid = ({ message }: Issue): boolean => !message.startsWith('Invalid input')

/** What is expected there. The schema says it itself where this cannot. */
function wordsOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (isMissing(issue)) return MISSING
      return isSaid(issue) ? issue.message : `It has to be ${TYPES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `It has to be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'too_small':
      return `It has to ${SIZED[issue.origin] ?? 'be'} at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`
    case 'too_big':
      return `It has to ${SIZED[issue.origin] ?? 'be'} at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`
    case 'invalid_format':
      return issue.format === 'url' ? 'It has to be an address that begins with http:// or https://' : issue.message
  }
  return issue.message
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text: "…"',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list: [ … ]',
  object: 'an object: { … }',
  record: 'an object: { … }',
}
const SIZED: Readonly<Record<string, string>> = { string: 'have', array: 'have' }
const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' }

/** Of what it may be, what it was most likely meant as: the fewest faults, none of them in the whole. */
function nearest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const weight = (issues: readonly Issue[]) => issues.length + (issues.some(isWhole) ? MANY : 0)
  return [...branches].sort((one, other) => weight(one) - weight(other))[0] ?? []
}

const MANY = 1000

const isWhole = ({ path, code }: Issue): boolean => path.length === 0 && code !== 'unrecognized_keys'

const placeOf = (path: Path): string => (path.length === 0 ? 'The whole' : path.map(String).join('.'))

const sentence = (message: string): string => (message.endsWith('.') ? message : `${message}.`)

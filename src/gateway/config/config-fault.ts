/** What is wrong with a configuration, in a sentence for each fault that begins with its place. */
import type { z } from 'zod'

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
  if (issue.code === 'invalid_union') return nearest(issue.errors).flatMap((one) => sentencesOf(one, path))
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${placeOf(path)}: ${sentence(message)}`)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${placeOf([...path, key])}: There is no such member.`)
  return [
    `${placeOf(path)}: ${issue.message.endsWith('received undefined') ? 'It is missing.' : sentence(issue.message)}`,
  ]
}

/** Of what it may be, what it was most likely meant as: the fewest faults, none of them in the whole. */
function nearest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const weight = (issues: readonly Issue[]) =>
    issues.length + (issues.some(({ path, code }) => path.length === 0 && code !== 'unrecognized_keys') ? MANY : 0)
  return [...branches].sort((one, other) => weight(one) - weight(other))[0] ?? []
}

const MANY = 1000

const placeOf = (path: Path): string => (path.length === 0 ? 'The whole' : path.map(String).join('.'))

const sentence = (message: string): string => (message.endsWith('.') ? message : `${message}.`)

/** The forms of an executor as drafts of a change; a fault in the JSON is named by line and column. */
import { type JsonValue, parseJson } from '@countersign/verifier'
import { textOf } from './form-text.ts'
import type { Draft } from './pending-change.ts'

export function addedExecutor(data: FormData): Draft | string {
  const [audience, title] = [textOf(data, 'audience'), textOf(data, 'title')]
  if (!URL.canParse(audience)) return 'Enter the complete URI, such as https://forum.example'
  if (!title) return 'Enter a title.'
  const catalogue = catalogueOf(data)
  if (typeof catalogue === 'string') return catalogue
  const members = { audience, title, catalogue, expires_in_days: Number(textOf(data, 'days')) }
  return [
    `Registering ${title}`,
    { name: 'countersign.executor.add', resource: `executor:${audience}`, arguments: members },
  ]
}

export function editedExecutor(data: FormData): Draft | string {
  const [audience, title] = [textOf(data, 'audience'), textOf(data, 'title')]
  if (!title) return 'Enter a title.'
  const catalogue = catalogueOf(data)
  if (typeof catalogue === 'string') return catalogue
  const members = { audience, version: Number(textOf(data, 'version')), title, catalogue }
  return [
    `Changing ${title}`,
    { name: 'countersign.executor.update', resource: `executor:${audience}`, arguments: members },
  ]
}

function catalogueOf(data: FormData): readonly JsonValue[] | string {
  const text = String(data.get('catalogue') ?? '')
  const fault = faultOf(text)
  if (fault !== null) return fault
  const catalogue = parseJson(text)
  return Array.isArray(catalogue) ? catalogue : 'The catalogue has to be a list: [ { "name": … }, … ]'
}

/** The sentence about what makes a text no JSON, with its place; null for JSON. */
export function faultOf(text: string): string | null {
  try {
    JSON.parse(text)
    parseJson(text)
    return null
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const place = placeOf(text, message)
    return place === null
      ? `The catalogue is not valid JSON. ${message}`
      : `The catalogue is not valid JSON at ${place}.`
  }
}

/** Engines name a line and a column, or a position, or nothing. */
function placeOf(text: string, message: string): string | null {
  const [, line, column] = /line (\d+),? column (\d+)/.exec(message) ?? []
  if (line !== undefined) return `line ${line}, column ${column}`
  const [, position] = /position (\d+)/.exec(message) ?? []
  if (position === undefined) return /end of JSON|EOF/i.test(message) ? lineAndColumn(text, text.length) : null
  return lineAndColumn(text, Number(position))
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

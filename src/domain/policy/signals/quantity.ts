/** How many things a call concerns: the longest list of it, a number that says how many, or a wildcard for all. SPEC 11.1. */
import type { JsonValue } from '@countersign/verifier'
import { normalForm } from '../../action/normal-form.ts'

export const MASS = 20

const HOW_MANY =
  /^(?:count|limit|batch_size|how_many|quantity|qty|replicas|instances|max_(?:results|items|rows|deletions))$/
const PATTERN_NAMES =
  /(?:pattern|glob|filter|selector|match|path|paths|file|files|target|targets|ids?|names?|keys?|resource|resources|recipients?|users?|to|scope|scopes|prefix|host|hosts|topic|query)$/
const EVERYTHING = /^(?:\*{1,2}|\.\*|%|all|\/\*{0,2}|\*\.\*|\*\/\*|\/?\*\*\/\*)$/i

/** 1 for a single thing. */
export function quantityOf(member: string, value: JsonValue): number {
  if (Array.isArray(value)) return value.length
  if (typeof value === 'number' && HOW_MANY.test(member))
    return Math.min(Math.max(1, Math.ceil(value)), Number.MAX_SAFE_INTEGER)
  return typeof value === 'string' && LISTS.test(member)
    ? value.split(/[,;\s]+/).filter((part) => part !== '').length
    : 1
}

const isEverything = (text: string): boolean => text.length <= 8 && EVERYTHING.test(normalForm(text, 'NFKC'))

/** Members in which a text lists several, separated by commas, semicolons or blanks. */
const LISTS = /^(?:to|cc|bcc|recipients?|ids|emails?|addresses|users|members|phone_?numbers)$/

export const isWildcard = (member: string, value: JsonValue): boolean => {
  if (value === true)
    return /^(?:all|everything|delete_?all|select_?all|all_?(?:users|records|rows|items|files))$/.test(member)
  return typeof value === 'string' && PATTERN_NAMES.test(member) && isEverything(value.trim())
}

/**
 * A message that is too long to be kept, as it passes by: for whom it was meant, by the members of its whole. Nothing else
 * of it counts. A batch is meant for nobody.
 */
import { isReadable, type Meant } from './meant-message.ts'

export interface LongMessage {
  readonly take: (part: string) => void
  /** Once all of it was taken. */
  readonly meant: () => Meant
}

/** Characters of a member that are looked at: its name, and an id. */
const MAX_MEMBER = 600

export function createLongMessage(): LongMessage {
  const members = new Map<string, string>()
  let member = ''
  let depth = 0
  let isString = false
  let isEscaped = false

  function endMember(): void {
    const [, name, value = ''] = /^\s*"(id|method)"\s*:\s*(.*?)\s*$/s.exec(member) ?? []
    if (name !== undefined && member.length < MAX_MEMBER) members.set(name, value)
    member = ''
  }

  function inString(sign: string): void {
    if (isEscaped) isEscaped = false
    else if (sign === '\\') isEscaped = true
    else if (sign === '"') isString = false
  }

  /** Whether the character is one of a member of the whole. */
  function isOfMember(sign: string): boolean {
    if (isString) inString(sign)
    else if (sign === '"') isString = true
    else if (sign === '{' || sign === '[') depth++
    else if (sign === '}' || sign === ']') depth--
    const isEnd = !isString && ((sign === ',' && depth === 1) || (sign === '}' && depth === 0))
    if (isEnd) endMember()
    return depth === 1 && !isEnd && !(member === '' && sign === '{')
  }

  function take(part: string): void {
    for (let at = 0; at < part.length; at++) {
      if (isString && !isEscaped && depth > 1) at = endOfRun(part, at)
      const sign = part[at]
      if (sign !== undefined && isOfMember(sign) && member.length < MAX_MEMBER) member += sign
    }
  }

  return {
    take,
    meant() {
      const id = parsed(members.get('id'))
      const ids = isReadable(id) ? [id] : []
      const isRequest = members.has('method')
      return { isJson: true, isBatch: false, requests: isRequest ? ids : [], answers: isRequest ? [] : ids }
    },
  }
}

/** Where a run of characters ends that do not end their string. */
function endOfRun(part: string, at: number): number {
  ENDS.lastIndex = at
  return ENDS.exec(part)?.index ?? part.length
}

const ENDS = /["\\]/g

function parsed(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

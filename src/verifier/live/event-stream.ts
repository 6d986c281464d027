/**
 * Server-sent events, read as they come.
 *
 * Keeps no event that was not ended by an empty line, and knows no `retry`. WHATWG HTML 9.2.6.
 */

/** One event. `id` is that of the last event which had one. */
export type ServerEvent = { readonly name: string; readonly data: string; readonly id: string }

/** Most characters of an event, and of a line: a list of 4 MiB in base64url, and room for what is around it. */
const MAX_LENGTH = 8_388_608

/** Makes a parser: give it each piece, and it returns the events that ended in it. Throws `RangeError` on endless ones. */
export function createEventParser(): (piece: string) => ServerEvent[] {
  let rest = ''
  let name = ''
  let data: string[] = []
  let length = 0
  let id = ''

  const take = (line: string): void => {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
    if (field === 'id' && !value.includes('\0')) id = value
  }
  const end = (): ServerEvent[] => {
    const event = { name: name || 'message', data: data.join('\n'), id }
    const isEmpty = data.length === 0
    name = ''
    data = []
    length = 0
    return isEmpty ? [] : [event]
  }

  return (piece) => {
    // A carriage return at the end may be half of a line break.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    const events = lines.flatMap((line) => {
      if (line === '') return end()
      length += line.length
      take(line)
      return []
    })
    if (length + rest.length > MAX_LENGTH) throw new RangeError('an event without end')
    return events
  }
}

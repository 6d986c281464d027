/** What a server sends that is no message is dropped and counted; the 1st, 2nd, 4th, 8th and so on is logged. */
import type { Unreadable } from '../message/json-rpc.ts'

const MAX_SHOWN = 200

export function countDropped(name: string, log: (line: string) => void): (fault: Unreadable) => void {
  let count = 0
  return (fault) => {
    count++
    if ((count & (count - 1)) === 0) log(`${name}: ${wordsOf(fault)} That is dropped, ${count} so far.`)
  }
}

/** What is JSON may be the result of a call, and is not shown. */
const wordsOf = ({ message, text, meant }: Unreadable): string =>
  meant.isJson
    ? `It sent a message that cannot be read: ${message}`
    : `It sent what is no message: “${text.slice(0, MAX_SHOWN)}”.`

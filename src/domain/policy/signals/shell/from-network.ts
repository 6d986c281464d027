/** Whether a part of a shell text calls a program that fetches from the network. SPEC 11.1. */
import type { Command, SyntaxNode, Word } from 'unbash'
import { type Budget, take } from '../budget.ts'
import { isPlain, programOf, wordOf } from './shell-words.ts'
import { depthIn, type Level, MAX_DEPTH, MAX_LEVEL, someChild } from './tree-level.ts'

const DOWNLOADERS =
  /^(?:curl|wget|fetch|aria2c|httpie|http|https|xh|nc|ncat|netcat|socat|lynx|iwr|invoke-webrequest|ftp|tftp|telnet)$/

export const isDownloader = (program: string): boolean => DOWNLOADERS.test(program)

/** Whether one of the first commands of a pipeline fetches. Looks at each command once, and only when it is asked. */
export function fetchingAmong(budget: Budget, commands: readonly SyntaxNode[], at: Level): (first: number) => boolean {
  let looked = 0
  let found = false
  return (first) => {
    for (const one of commands.slice(looked, first)) found ||= fetches(budget, one, at)
    looked = Math.max(looked, first)
    return found
  }
}

/** Whether what stands in the words of a command fetches, or what is redirected. */
export const fetchesInWords = (budget: Budget, { args, redirects }: Command, at: Level): boolean =>
  args.some((part) => !isPlain(part) && fetches(budget, part, at)) ||
  redirects.some((part) => fetches(budget, part, at))

/** What is too deep to look at may fetch. */
function fetches(budget: Budget, at: SyntaxNode, { depth, level }: Level): boolean {
  const inner: Level = { depth: depthIn(at, depth), level: level + 1 }
  if (inner.depth >= MAX_DEPTH || inner.level >= MAX_LEVEL || !take(budget, 1)) return true
  return callsDownloader(at) || someChild(at, (child) => fetches(budget, child, inner))
}

function callsDownloader(at: SyntaxNode): boolean {
  if (at.type !== 'Command' || !at.name) return false
  return isNamed(at.name) || at.args.some((argument) => argument.type === 'Word' && isNamed(argument))
}

const isNamed = (word: Word): boolean => isDownloader(programOf(wordOf(word) ?? ''))

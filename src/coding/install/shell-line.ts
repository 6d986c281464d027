/**
 * The shell command that a client runs as its hook. Only a whole answer gets through: a program that crashes, is
 * missing, is killed, hangs, or prints anything else or nothing ends in the form in which the client is told to block.
 */
import { spawnSync } from 'node:child_process'
import type { CodingClient } from '../../domain/coding/coding-call.ts'

/** `call`: the words of the program, quoted. Its time ends after `seconds` where the machine has `timeout`. */
export function guardedLine(client: CodingClient, call: string, seconds: number): string {
  const limit = hasTimeout() ? `timeout -s KILL ${seconds} ` : ''
  const block = client === 'copilot' ? DENIAL : STATUS
  return `out=$(${limit}${call}) && case "$out" in '{'*'}') printf '%s\\n' "$out";; *) false;; esac || { ${block}; }`
}

const WORDS = 'Countersign did not let this call run.'

/** Codex blocks only where there is a reason. */
const STATUS = `echo '${WORDS}' >&2; exit 2`

/** Copilot takes every status but 0 for a fault of the hook. */
const DENIAL = `echo '${JSON.stringify({ permissionDecision: 'deny', permissionDecisionReason: WORDS })}'`

const hasTimeout = (): boolean => spawnSync('timeout', ['1', 'true'], { stdio: 'ignore' }).status === 0

export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

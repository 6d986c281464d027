/**
 * The shell command that a client runs as its hook. Only a whole answer gets through: a program that crashes, is
 * missing, is killed, hangs, or prints anything else or nothing ends with status 2, at which clients block.
 */
import { spawnSync } from 'node:child_process'

/** `call`: the words of the program, quoted. Its time ends after `seconds` where the machine has `timeout`. */
export function guardedLine(call: string, seconds: number): string {
  const limit = hasTimeout() ? `timeout -s KILL ${seconds} ` : ''
  return `out=$(${limit}${call}) && case "$out" in '{'*) printf '%s\\n' "$out";; *) false;; esac || { ${BLOCK}; exit 2; }`
}

/** Codex blocks only where there is a reason. */
const BLOCK = "echo 'Countersign did not let this call run.' >&2"

const hasTimeout = (): boolean => spawnSync('timeout', ['1', 'true'], { stdio: 'ignore' }).status === 0

export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

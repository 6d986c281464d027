/**
 * The signals that policies read as `context.signals`: what the arguments of a call would do, found by parsing them.
 * Every signal is always present: a flag is false, a number 0 and a text empty where nothing was found. SPEC 11.1.
 */

/** The flags, each with what it says about the call, in words that follow "The call". */
export const FLAGS = {
  destructive: 'destroys something for good',
  disaster: 'destroys a whole system or runs text from outside',
  unparsed: 'holds text that could not be read whole',

  sql: 'holds SQL',
  sql_write: 'changes data or rights by SQL',
  sql_drop: 'drops something in a database',
  sql_truncate: 'empties a table',
  sql_unbounded: 'deletes or updates every row of a table',
  sql_grant: 'changes rights in a database',
  sql_schema: 'changes the schema of a database',
  sql_multiple: 'holds several SQL statements',
  sql_program: 'runs programs or reads files through a database',

  shell: 'holds shell commands',
  shell_delete: 'deletes files',
  shell_overwrite: 'may overwrite files',
  shell_permissions: 'changes permissions or owners of files',
  shell_interpreter: 'runs text as a program',
  shell_remote_code: 'runs a program from the network',
  shell_system: 'changes devices, system files or running services',
  shell_force_push: 'rewrites the history of a repository',
  shell_privileged: 'runs commands with more rights',

  grant_everyone: 'gives everyone access',
  mass: 'concerns many things at once',
  wildcard: 'names everything by a wildcard',
  payment: 'pays money',
  secret: 'holds a secret',
} as const

export type Flag = keyof typeof FLAGS

/** Each of these makes a call destructive. */
export const DESTROYING: readonly Flag[] = [
  'disaster',
  'sql_drop',
  'sql_truncate',
  'sql_unbounded',
  'shell_delete',
  'shell_system',
  'shell_force_push',
]

export interface Signals extends Readonly<Record<Flag, boolean>> {
  /** The largest number of things in one argument: elements of a list, recipients, rows or values. At least 1. */
  readonly count: number
  /** In minor units of the currency: cents of a euro. The sum, where a call holds several in one currency. */
  readonly payment_amount: number
  /** ISO 4217, upper case. */
  readonly payment_currency: string
  readonly payment_recipient: string
}

/** Whole, since members that are added to a copy make it many times as large. */
const NOTHING_FOUND: Signals = {
  destructive: false,
  disaster: false,
  unparsed: false,
  sql: false,
  sql_write: false,
  sql_drop: false,
  sql_truncate: false,
  sql_unbounded: false,
  sql_grant: false,
  sql_schema: false,
  sql_multiple: false,
  sql_program: false,
  shell: false,
  shell_delete: false,
  shell_overwrite: false,
  shell_permissions: false,
  shell_interpreter: false,
  shell_remote_code: false,
  shell_system: false,
  shell_force_push: false,
  shell_privileged: false,
  grant_everyone: false,
  mass: false,
  wildcard: false,
  payment: false,
  secret: false,
  count: 1,
  payment_amount: 0,
  payment_currency: '',
  payment_recipient: '',
}

/** Every flag, set where it was found, beside the others. */
export function signalsWith(found: Iterable<Flag>, others: Omit<Signals, Flag>): Signals {
  const signals = { ...NOTHING_FOUND, ...others }
  for (const flag of found) signals[flag] = true
  return signals
}

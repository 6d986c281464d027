/**
 * The texts of a call, each with the language that it is read as: the one that the catalogue names, else the one that
 * the name of its argument, the name of the action or its own beginning tells. SPEC 11.1.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { programOf } from './shell/shell-words.ts'
import { likenessToSql } from './sql/read-sql.ts'
import type { FoundValue } from './values.ts'

/** `maybe-…`: only what can be read counts, since the text may be prose. */
export type Language = 'text' | 'sql' | 'postgresql' | 'shell' | 'maybe-sql' | 'maybe-shell'

export interface FoundText {
  readonly language: Language
  /** The words of a command, or one text. */
  readonly content: string | readonly string[]
}

const SQL_NAMES =
  /^(?:sql|sql_?(?:query|text|statement|command|script)s?|statements?|stmt|ddl|dml|raw_?sql|query_?sql|migration)$/
const SHELL_NAMES =
  /^(?:cmd|command|commands|command_?line|cmd_?line|shell|shell_?(?:command|script|code)|bash|bash_?(?:command|script)|sh|script|argv|exec|run|entrypoint|user_?data|startup_?script)$/
const EITHER_NAMES =
  /^(?:code|input|text|content|body|source|line|lines|query|queries|q|data|payload|value|expression|args|arguments)$/
const SQL_ACTION =
  /(?:^|[._:/-])(?:sql|psql|postgres|postgresql|mysql|mariadb|sqlite|database|db|query|execute_sql)(?:[._:/-]|$)/
const SHELL_ACTION =
  /(?:^|[._:/-])(?:bash|shell|sh|zsh|exec|execute_command|run_command|terminal|console|ssh|cmd|command)(?:[._:/-]|$)/

/** The texts in one value, of which there are two where an object names a program and its arguments. */
export function* textsOf(found: FoundValue, action: string): Generator<FoundText> {
  const { value, member, language } = found
  if (typeof value === 'string')
    yield { language: inList(found, language ?? languageOf(member, action.toLowerCase(), value)), content: value }
  if (value === null || typeof value !== 'object') return
  const words = commandIn(value, member, language)
  if (words) yield { language: 'shell', content: words }
}

/** A list is read as the words of one command; each by itself only in case it is a list of commands. */
const inList = ({ listed, member }: FoundValue, language: Language): Language =>
  language === 'shell' && listed && !member.endsWith('s') ? 'maybe-shell' : language

function languageOf(member: string, action: string, text: string): Language {
  if (SQL_NAMES.test(member)) return 'sql'
  if (SHELL_NAMES.test(member)) return 'shell'
  if (EITHER_NAMES.test(member)) {
    if (SHELL_ACTION.test(action)) return 'shell'
    if (SQL_ACTION.test(action)) return 'sql'
  }
  const likeness = likenessToSql(text)
  if (likeness !== 'none') return likeness === 'firm' ? 'sql' : 'maybe-sql'
  return looksLikeShell(text) ? 'maybe-shell' : 'text'
}

/** A command as a list of words: an array in a member for commands, or a program beside its arguments. */
function commandIn(
  value: JsonObject | readonly JsonValue[],
  member: string,
  language: Language | undefined,
): readonly string[] | undefined {
  if (language !== undefined && language !== 'shell') return undefined
  if (Array.isArray(value)) {
    const isCommand = language === 'shell' || SHELL_NAMES.test(member)
    return isCommand && value.length > 1 && areTexts(value) ? value : undefined
  }
  return programAndArguments(value)
}

function programAndArguments(value: JsonObject | readonly JsonValue[]): readonly string[] | undefined {
  const members = new Map(Object.entries(value).map(([name, inner]) => [name.toLowerCase(), inner]))
  const program = ['command', 'cmd', 'program', 'executable', 'file', 'bin', 'path']
    .map((name) => members.get(name))
    .find((found) => typeof found === 'string')
  const args = ['args', 'argv', 'arguments', 'params']
    .map((name) => members.get(name))
    .find((found) => Array.isArray(found))
  return typeof program === 'string' && Array.isArray(args) && areTexts(args) ? [program, ...args] : undefined
}

const areTexts = (values: readonly JsonValue[]): values is readonly string[] =>
  values.every((value) => typeof value === 'string')

const SHEBANG = /^#!.*\b(?:sh|bash|dash|zsh|ksh)\b/
const COMMAND_WORD = /^\s*(?:\$ )?(?<program>[\w./\\-]+)\s+(?=\S)/
const TELLING = [
  'rm',
  'sudo',
  'dd',
  'curl',
  'wget',
  'chmod',
  'chown',
  'find',
  'git',
  'bash',
  'sh',
  'eval',
  'shred',
  'xargs',
  'env',
  'psql',
  'mysql',
  'kubectl',
  'docker',
  'terraform',
  'aws',
  'nohup',
]

/** Whether a text begins as a command does that could do harm. */
function looksLikeShell(text: string): boolean {
  const begin = text.slice(0, 200)
  return SHEBANG.test(begin) || TELLING.includes(programOf(COMMAND_WORD.exec(begin)?.groups?.program ?? ''))
}

/**
 * The catalogue of a machine on which coding agents work, and the action that a call of one of their tools is. The names
 * of tools are each client's own; a tool that is not known here is `tool.call`.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import type { CatalogueEntry } from '../identity/parties.ts'
import { isAbove, onlyReads } from '../policy/signals/shell/only-reads.ts'
import { absolute, FOLDERS, PATHS, placeOf, staysBelow } from './call-place.ts'
import type { ToolCall } from './coding-call.ts'

export const WORKSTATION: readonly CatalogueEntry[] = [
  { name: 'file.read', effect: 'read', title: 'Read {path}' },
  {
    name: 'file.write',
    effect: 'write',
    title: 'Write {path}',
    arguments: [{ name: 'path', key: true }, prose('content')],
  },
  {
    name: 'file.edit',
    effect: 'write',
    title: 'Edit {path}',
    arguments: [{ name: 'path', key: true }, prose('edits')],
  },
  { name: 'shell.read', effect: 'read', title: 'Read with {command}', arguments: [command()] },
  { name: 'shell.run', effect: 'write', title: 'Run {command}', arguments: [command(), { name: 'cwd', label: 'In' }] },
  { name: 'web.read', effect: 'read', title: 'Read {address} from the web' },
  { name: 'mcp.call', effect: 'write', title: 'Call {tool} of {server}' },
  { name: 'tool.call', effect: 'write', title: 'Call the tool {tool}' },
  { name: 'agent.plan', effect: 'read', title: 'Use {tool}, which stays within the client' },
]

function prose(name: string) {
  return { name, language: 'text' } as const
}

function command() {
  return { name: 'command', key: true, language: 'shell' } as const
}

export interface WorkstationAction {
  readonly name: string
  readonly resource: string
  readonly arguments: JsonObject
}

/**
 * Tools that change nothing outside of the client; what their sub-agents do comes as calls of its own. What a skill runs
 * as its text is loaded does not.
 */
const INTERNAL =
  /^(?:agent|task|task(?:create|get|list|update|output|stop)|todo_?(?:write|read)|write_todos|update_plan|(?:enter|exit)_?plan_?mode|ask_?user(?:question)?|toolsearch|bashoutput|killshell|killbash|kill_shell|list_?mcp_?resources|report_intent|stop_bash|read_bash|structuredoutput|sendmessage)$/i
const READS =
  /^(?:read|glob|grep|ls|notebookread|view|view_image|read_file|read_many_files|list_directory|list_dir|search_file_content|grep_search|grep_files|file_search|codebase_search|search|lsp|rg)$/i
const WRITES = /^(?:write|write_file|create|delete|tabwrite)$/i
const EDITS =
  /^(?:edit|multiedit|notebookedit|replace|str_replace|strreplace|str_replace_editor|apply_patch|applypatch)$/i
const SHELLS =
  /^(?:bash|shell|shell_command|local_shell|exec_command|write_stdin|unified_exec|run_shell_command|run_terminal_cmd|powershell|monitor|write_bash)$/i
const WEB = /^(?:webfetch|websearch|web_fetch|web_search|google_web_search|fetch)$/i
const MCP = /^mcp__(?<server>.+?)__(?<tool>.+)$/

export function actionOf(call: ToolCall): WorkstationAction {
  const { tool, input } = call
  const mcp = MCP.exec(tool)?.groups
  if (mcp) return mcpCall(mcp['server'] ?? '', mcp['tool'] ?? '', input)
  if (SHELLS.test(tool)) return shellCall(call)
  if (READS.test(tool)) return looks(call) ? onFile(call, 'file.read', LOOKED_AT, {}) : toolCall(call)
  if (WRITES.test(tool)) return onFile(call, 'file.write', PATHS, without(input, PATHS))
  if (EDITS.test(tool)) return onFile(call, 'file.edit', PATHS, { edits: without(input, PATHS) })
  if (WEB.test(tool)) return fetches(call) ? webCall(input) : toolCall(call)
  if (INTERNAL.test(tool)) return { name: 'agent.plan', resource: call.client, arguments: { tool } }
  return toolCall(call)
}

const toolCall = ({ tool, input, client }: ToolCall): WorkstationAction => ({
  name: 'tool.call',
  resource: client,
  arguments: { tool, arguments: input },
})

const mcpCall = (server: string, tool: string, input: JsonObject): WorkstationAction => ({
  name: 'mcp.call',
  resource: server,
  arguments: { server, tool, arguments: input },
})

/** Tools whose text a POSIX shell of its own reads; another process may wait for what others write. */
const OWN_SHELL =
  /^(?:bash|shell|shell_command|local_shell|exec_command|unified_exec|run_shell_command|run_terminal_cmd|monitor)$/i
const COMMANDS = ['command', 'cmd', 'chars']
/** What stands beside a command and decides nothing of what runs. */
const BESIDE =
  'description timeout timeout_ms run_in_background is_background yield_time_ms max_output_tokens justification explanation login tty shellId sessionId mode initial_wait detach async'.split(
    ' ',
  )

/** What a command may do beyond the sandbox of its client, and the value that gives it nothing. */
const SANDBOX: JsonObject = {
  dangerouslyDisableSandbox: false,
  with_escalated_permissions: false,
  sandbox_permissions: 'use_default',
}

/** Every other argument is shown, and makes the call one that does not only read. */
function shellCall({ client, tool, input, cwd }: ToolCall): WorkstationAction {
  const command = commandOf(input)
  const where = placeOf(input, FOLDERS, cwd)
  const inForce = Object.keys(SANDBOX).filter((name) => input[name] === SANDBOX[name] || input[name] === null)
  const others = without(input, [...COMMANDS, ...FOLDERS, ...BESIDE, ...inForce])
  if (where === undefined)
    return { name: 'shell.run', resource: client, arguments: { command, cwd: only(input, FOLDERS), ...others } }
  const home = absolute(cwd, '')
  const plain = OWN_SHELL.test(tool) && where.startsWith('/') && Object.keys(others).length === 0
  const reads = plain && typeof command === 'string' && onlyReads(command, isAbove(home, where) ? home : undefined)
  return {
    name: reads ? 'shell.read' : 'shell.run',
    resource: where,
    arguments: { command, cwd: where, ...others },
  }
}

/**
 * A list of words stays one, since no shell reads it, except that of a shell which is told a text. Which of two commands
 * a client runs is not known, so both are the command.
 */
function commandOf(input: JsonObject): JsonValue {
  const [given, ...more] = COMMANDS.map((name) => input[name] ?? null).filter((value) => value !== null)
  if (more.length > 0) return only(input, COMMANDS)
  if (!Array.isArray(given)) return given ?? ''
  const [shell, option, text] = given
  const told =
    given.length === 3 && /^(?:(?:\/usr)?\/bin\/)?(?:ba|z|da)?sh$/.test(String(shell)) && /^-l?c$/.test(String(option))
  return told ? (text ?? '') : given
}

/** Which of several places the client uses is not known, so that all arguments are shown. */
function onFile(call: ToolCall, name: string, places: readonly string[], others: JsonObject): WorkstationAction {
  const path = placeOf(call.input, places, call.cwd)
  return path === undefined ? toolCall(call) : { name, resource: path, arguments: { path, ...others } }
}

/** Members in which the reading tools of clients name files and folders. */
const LOOKED_AT = [...PATHS, 'paths', 'target_directories', 'target_directory', 'relative_workspace_path']
/** What the reading tools of clients take beside a path: where and how to look. */
const LOOKING =
  'offset limit pattern query glob include exclude exclude_pattern output_mode type head_limit multiline case_sensitive fixed_strings ignore ignore_globs recursive respect_git_ignore respect_gemini_ignore file_filtering_options useDefaultExcludes start_line end_line start_line_one_indexed end_line_one_indexed_inclusive should_read_entire_file line character pages depth mode indentation detail description explanation view_range forceReadLargeFiles names_only max_matches_per_file total_max_matches max_results context after before no_ignore -A -B -C -n -i operation command'.split(
    ' ',
  )
const LOOKS =
  /^(?:goTo\w+|findReferences|hover|documentSymbol|workspaceSymbol|prepareCallHierarchy|(?:in|out)\w+Calls)$/

/** Whether a reading tool is given nothing that could make it another, and nothing that lies outside of its one place. */
function looks({ tool, input, cwd }: ToolCall): boolean {
  const place = placeOf(input, LOOKED_AT, cwd)
  if (
    place === undefined ||
    !staysBelow(place, input, FINDS.test(tool) ? ['include', 'glob', 'pattern'] : ['include', 'glob'])
  )
    return false
  return (
    Object.keys(without(input, [...LOOKED_AT, ...LOOKING])).length === 0 &&
    (input['operation'] === undefined || LOOKS.test(String(input['operation']))) &&
    (input['command'] === undefined || input['command'] === 'view')
  )
}

/** Their pattern is one of paths, and that of others one of texts. */
const FINDS = /^(?:glob|file_search)$/i

const FETCHING = 'url query prompt max_length start_index raw allowed_domains blocked_domains description'.split(' ')

const ADDRESSES = ['url', 'query', 'prompt']

/** Whether a web tool only gets a page, of one address: not what sends a body, or reads a file. */
const fetches = ({ tool, input }: ToolCall): boolean =>
  Object.keys(without(input, FETCHING)).length === 0 &&
  (Object.keys(only(input, ADDRESSES)).length <= 1 || (tool === 'WebFetch' && input['query'] === undefined)) &&
  (input['url'] === undefined || /^https?:\/\//i.test(String(input['url'])))

function webCall(input: JsonObject): WorkstationAction {
  const address = ADDRESSES.map((name) => input[name]).find((value) => typeof value === 'string') ?? ''
  return { name: 'web.read', resource: 'web', arguments: { address } }
}

const only = (input: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name)))

const without = (input: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(input).filter(([name]) => !names.includes(name)))

/** What an action is about, on one line. */
export const shownArguments = (args: JsonObject): string => {
  const { command, path, ...others } = args
  const told = command || path || others
  return typeof told === 'string' ? told : JSON.stringify(told)
}

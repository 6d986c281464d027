/**
 * Completion of the words of commands and options in bash, zsh and fish, as scripts made from the tree of commands.
 *
 * Values of options are not completed, but for those of a closed set. bash and zsh fall back to file names.
 */
import type { Command, Option } from 'commander'

interface CommandWords {
  /** The words that lead to the command, such as `/kill/list`; empty for the program. */
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly about: string }[]
  readonly options: readonly Option[]
}

/** `shared`: options of the commands above, which are taken here too. */
function wordsOf(command: Command, path = '', shared: readonly Option[] = []): CommandWords[] {
  const commands = command.commands.map((child) => ({ name: child.name(), about: child.description() }))
  const options = [...command.options, ...shared.filter(({ long }) => long !== '--version')]
  const inner = command.commands.flatMap((child) => wordsOf(child, `${path}/${child.name()}`, options))
  return [{ path, commands, options }, ...inner]
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const flagsOf = ({ options }: CommandWords): readonly string[] => [
  ...new Set([...options.flatMap(({ long }) => long ?? []), '--help']),
]

const isValued = (option: Option): boolean => option.required || option.optional

export function bashScript(program: Command): string {
  const tree = wordsOf(program)
  const paths = tree.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]))
  const choices = tree.flatMap(({ path, options }) =>
    options.flatMap(({ long, argChoices }) =>
      argChoices ? [`    ${quoted(`${path}:${long}`)}) words=${quoted(argChoices.join(' '))} ;;`] : [],
    ),
  )
  const values = tree.flatMap(({ path, options }) =>
    options.filter(isValued).map(({ long }) => quoted(`${path}:${long}`)),
  )
  const words = tree.map((node) => {
    const all = [...node.commands.map(({ name }) => name), ...flagsOf(node)]
    return `    ${quoted(`${node.path}:`)}*) words=${quoted(all.join(' '))} ;;`
  })
  return `_countersign() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/\${COMP_WORDS[i]}" in
      ${paths.join('|')}) path="$path/\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path:$prev" in
${choices.join('\n')}
    ${values.join('|')}) words="" ;;
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _countersign countersign`
}

export const zshScript = (program: Command): string =>
  `autoload -U +X compinit && compinit -u\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(program)}`

export function fishScript(program: Command): string {
  const lines = wordsOf(program).flatMap((node) => {
    const condition = `-n ${quoted(`__countersign_at ${quoted(node.path)}`)}`
    return [
      ...node.commands.map(
        ({ name, about }) => `complete -c countersign ${condition} -f -a ${name} -d ${quoted(about)}`,
      ),
      ...node.options.map((option) => `complete -c countersign ${condition} ${fishOption(option)}`),
    ]
  })
  const paths = wordsOf(program).flatMap(({ path }) => (path === '' ? [] : [quoted(path)]))
  return `function __countersign_at
  set -l path ''
  for word in (commandline -opc)[2..]
    contains -- "$path/$word" ${paths.join(' ')}; and set path "$path/$word"
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}`
}

function fishOption(option: Option): string {
  const values = option.argChoices ? ` -f -a ${quoted(option.argChoices.join(' '))}` : ''
  return `-l ${option.long?.replace('--', '')}${isValued(option) ? ' -r' : ''}${values} -d ${quoted(option.description)}`
}

/** The filter of the list of requests as options. */
import { Option } from 'commander'
import { instantFrom, integerBetween } from './option-values.ts'

const text = (flags: string, description: string): Option => new Option(flags, description)
const choice = (flags: string, description: string, choices: readonly string[]): Option =>
  text(flags, description).choices(choices)
const instant = (flags: string, description: string): Option => text(flags, description).argParser(instantFrom)

export const REQUEST_FILTER: readonly Option[] = [
  choice('--state <state>', 'their state now', [
    'pending',
    'approved',
    'denied',
    'expired',
    'withdrawn',
    'stopped',
    'changed',
  ]),
  text('--agent <id>', 'who asked'),
  text('--for <principal>', 'on whose behalf: an id, or the name of a person'),
  text('--executor <audience>', 'who would act'),
  text('--action <name>', 'name of the action'),
  text('--answered-by <person>', 'who consented or denied: a name or an id'),
  text('--undoes <request>', 'requests to undo this one'),
  choice('--decided-by <whom>', 'whether people were asked', ['people', 'policy']),
  choice('--outcome <outcome>', 'what became of it', [
    'succeeded',
    'failed',
    'aborted',
    'indeterminate',
    'running',
    'revoked',
    'unused',
  ]),
  choice('--danger <danger>', 'irreversible: no catalogue says that it can be undone', [
    'read',
    'write',
    'destructive',
    'irreversible',
  ]),
  text('--words <words>', 'beginnings of words that approvers saw'),
  instant('--from <day>', 'opened at or after a day or instant'),
  instant('--to <day>', 'opened at or before a day or instant'),
  text('--limit <count>', 'the most requests to list (default 50)').argParser(integerBetween(1, 200)),
  text('--after <position>', 'continue after a page'),
]

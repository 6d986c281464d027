/** The commands that observe a draft of the policy. */
import { integerBetween } from '../arguments/option-values.ts'
import { type CommandRow, command, option } from './command-row.ts'

const observations = () => import('../commands/observation-commands.ts')

export const observationTable: readonly CommandRow[] = [
  command('policy observe <file>', observations, 'startObservation', {
    needs: ['operator'],
    description: 'let a draft decide beside the policy in force for a while; changes no decision',
    options: [
      option('--hours <hours>', 'how long, at most 336 (default 24)').default(24).argParser(integerBetween(1, 336)),
    ],
    examples: ['countersign policy observe policy.cedar --hours 72'],
  }),
  command('policy observations', observations, 'listObservations', {
    needs: ['operator'],
    description: 'list the drafts that are or were observed',
  }),
  command('policy observed [observation]', observations, 'showObservation', {
    needs: ['operator'],
    description: 'show what the draft would have decided otherwise (default: the latest observation)',
    options: [option('--fail-on-difference', 'end with 1 where anything would have been decided otherwise')],
    examples: ['countersign policy observed'],
  }),
  command('policy end-observation [observation]', observations, 'stopObservation', {
    needs: ['operator'],
    description: 'stop an observation (default: the latest)',
    examples: ['countersign policy end-observation'],
  }),
]

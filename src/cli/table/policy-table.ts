/** The commands of the policy in force. */
import { integerBetween } from '../arguments/option-values.ts'
import { type CommandRow, changeReason, command, option } from './command-row.ts'

const policies = () => import('../commands/policy-commands.ts')

export const policyTable: readonly CommandRow[] = [
  command('policy show [version]', policies, 'showPolicy', {
    needs: ['operator', 'auditor'],
    description: 'show the policy in force, or an earlier version',
    examples: ['countersign policy show > policy.cedar'],
  }),
  command('policy history', policies, 'listPolicies', {
    needs: ['operator', 'auditor'],
    description: 'list the versions of the policy: since when, by whom, why, authorised by which request',
  }),
  command('policy publish <file>', policies, 'publishPolicy', {
    needs: ['operator'],
    description: 'publish a policy in place of the one in force, once an admin consents with a passkey',
    options: [
      option('--edited <version>', 'the version that was edited (default: the one in force)').argParser(
        integerBetween(1, 999_999_999),
      ),
      changeReason,
    ],
    examples: ['countersign policy publish policy.cedar --edited 3 --reason "Refunds need finance"'],
  }),
  command('why <request>', policies, 'explainDecision', {
    needs: ['agent', 'executor', 'operator', 'auditor'],
    description: 'say which policies decided on a request, and why; of a denied one give its trace',
    examples: ['countersign why Zm9ydW0tcG9zdC1zYWx0MA'],
  }),
]

/** An authority whose executors are under a policy of the test's own; changes to the authority are under the default one. */
import { policyDigest } from '../../src/authority/policy/in-force.ts'
import type { Store } from '../../src/store/contract/store.ts'

const SETTINGS = `
@id("settings") @approvers("admin") @self("yes")
permit (principal, action, resource is Setting);
`

export const withPolicy =
  (rules: string) =>
  (store: Store): Store => ({
    ...store,
    async policyVersion(version) {
      const text = rules + SETTINGS
      const row = await store.policyVersion(version)
      return row && { ...row, text, digest: await policyDigest(text) }
    },
  })

/** Posts to each board have the annotations of that board. */
export const withBoards = (boards: Readonly<Record<string, string>>) =>
  withPolicy(
    Object.entries(boards)
      .map(
        ([board, annotations]) => `@id("${board}") ${annotations}
permit (principal, action, resource is Resource) when { context.input.board == "${board}" };`,
      )
      .join('\n'),
  )

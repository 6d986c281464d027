/** A policy with other terms than the built-in one, for executors' actions: quorum, uses, or who may present the token. */
import type { Terms } from '../../src/domain/policy/policy.ts'
import type { Store } from '../../src/store/contract/store.ts'

/** What the policy would have decided is put in place where the request is kept. */
export const withTerms =
  (terms: Partial<Terms>) =>
  (store: Store): Store => ({
    ...store,
    openRequest: (open) => {
      if (open.request.audience.startsWith('http://localhost')) return store.openRequest(open)
      const asked = { ...open.request.terms, ...terms }
      const approvers = terms.approvers ?? [{ groups: ['approver'], count: asked.quorum }]
      const request = { ...open.request, terms: { ...asked, approvers } }
      return store.openRequest({ ...open, request: { ...request, actor: terms.actor ?? request.actor } })
    },
  })

/**
 * Lists of the parties: agents, executors, approvers; without the authority's own agents. SPEC 1.
 */
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { CallerStore, PeopleStore } from '../../store/contract/identity-store.ts'

export const listAgents = async ({ store }: { readonly store: CallerStore }) =>
  (await store.listAgents()).filter(({ id }) => !isOwnAgent(id))

export const listExecutors = ({ store }: { readonly store: CallerStore }) => store.listExecutors()

export const listApprovers = ({ store }: { readonly store: PeopleStore }) => store.listApprovers()

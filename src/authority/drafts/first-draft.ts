/** The text that a draft begins with. SPEC 11.4. */
import { DEFAULT_POLICY } from '../../domain/policy/default-policy.ts'

export const firstDraft = async (_: unknown): Promise<string> => DEFAULT_POLICY

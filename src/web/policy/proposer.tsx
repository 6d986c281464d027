/** Who proposed a policy or its observation: a person by name, or the operator. */
import type { NameOf } from '../../domain/identity/display-names.ts'
import { OPERATOR_AGENT } from '../../domain/identity/own-agents.ts'
import { UntrustedText } from '../parts/untrusted-text.tsx'

export const Proposer = ({ id, nameOf }: { id: string; nameOf: NameOf }) =>
  id === OPERATOR_AGENT ? <>the operator</> : <UntrustedText text={nameOf(id)} limit={60} />

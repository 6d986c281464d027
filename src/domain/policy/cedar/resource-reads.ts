/**
 * Whether policies distinguish resources. Most read only the executor of a resource: then all resources of an executor
 * get the same answer, which is asked for once. SPEC 11.
 */
import type { PolicyJson } from '@cedar-policy/cedar-wasm/web'

/** Types of what a call acts upon. */
const ACTED_UPON = new Set(['Resource', 'Setting'])

/** True in case of doubt. */
export const readsResource = ({ resource, conditions }: PolicyJson): boolean =>
  (resource.op !== 'All' && resource.op !== 'is') || namesOne(resource) || conditions.some(({ body }) => readsIn(body))

function readsIn(expression: unknown): boolean {
  if (typeof expression !== 'object' || expression === null) return false
  if (isResource(expression) || namesOne(expression)) return true
  if (Array.isArray(expression)) return expression.some(readsIn)
  return Object.entries(expression).some(([operator, operands]) => !isPlace(operator, operands) && readsIn(operands))
}

const isResource = (expression: unknown): boolean =>
  typeof expression === 'object' && expression !== null && 'Var' in expression && expression.Var === 'resource'

/** An entity that is written out. */
const namesOne = (value: object): boolean => {
  const { type } = { ...('__entity' in value ? Object(value.__entity) : value) }
  return typeof type === 'string' && ACTED_UPON.has(type) && !('op' in value)
}

/** `resource.executor`, `resource is …`, and `resource in …` of something that reads no resource itself. */
function isPlace(operator: string, operands: unknown): boolean {
  if (typeof operands !== 'object' || operands === null || !('left' in operands) || !isResource(operands.left))
    return false
  if (operator === '.') return 'attr' in operands && operands.attr === 'executor'
  if (operator === 'is') return !('in' in operands)
  return operator === 'in' && 'right' in operands && !readsIn(operands.right)
}

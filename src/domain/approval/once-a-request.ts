import type { ApprovalRequest } from './approval-request.ts'

/** What is made of a request, made once: a request stays the same object for as long as nothing of it has changed. */
export function onceARequest<T>(of: (request: ApprovalRequest) => T): (request: ApprovalRequest) => T {
  const found = new WeakMap<ApprovalRequest, { readonly value: T }>()
  return (request) => {
    const known = found.get(request)
    if (known) return known.value
    const value = of(request)
    found.set(request, { value })
    return value
  }
}

/** People are shown by name: with the id where two share one, and as erased once the name is gone. */
import { expect, it } from 'vitest'
import { namesAmong } from '../../../src/domain/identity/display-names.ts'

it('names people, tells namesakes apart, and leaves other names as they are', () => {
  const nameOf = namesAmong([
    { id: 'a1', name: 'Ada' },
    { id: 'k1', name: 'Kim' },
    { id: 'k2', name: 'Kim' },
    { id: 'e1', name: null },
    { id: 'e2', name: null },
  ])
  expect(['a1', 'k1', 'k2', 'e1', 'e2', 'helpdesk'].map(nameOf)).toEqual([
    'Ada',
    'Kim (k1)',
    'Kim (k2)',
    'Name erased (e1)',
    'Name erased (e2)',
    'helpdesk',
  ])
})

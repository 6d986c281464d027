/** The files' story as it should go, and its notice of a person who denies, and of a file that nobody changed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AFTER, BEFORE } from '../../src/demo/opening-hours.ts'
import { type Bent, endTold, tell as tellOne } from './tell.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })
afterEach(endTold)

const tell = (bent?: Bent) => tellOne('files', bent)

describe('the story of the files', () => {
  it('goes as told: nothing runs that was not seen, the edit runs once, and is proven', async () => {
    const { cast, told, steps, asTold } = await tell()
    expect(steps.filter(({ ok }) => !ok)).toEqual([])
    expect(asTold).toBe(true)
    expect(steps.map(({ id, got }) => [id, got])).toEqual([
      ['read-through-gateway', '5 lines, 0 tokens, 1 call allowed'],
      [
        'edit-waits',
        ' # Opening hours,  Monday to Friday: 9 to 17, -Saturday: closed, +Saturday: 10 to 14,  Sunday: closed',
      ],
      ['changed-meanwhile', 'state_changed, the file is the colleague’s'],
      [
        'edit-anew',
        ' # Opening hours,  Monday to Friday: 8 to 16, -Saturday: closed, +Saturday: 10 to 14,  Sunday: closed',
      ],
      ['edit-approved', 'ok, both changes are in the file'],
      ['executed-once', '1 refused, 1 redeemed, 1 outcome'],
      ['edit-trace', expect.stringContaining('outcome.reported')],
      ['edit-proven', 'token.redeemed, proven'],
      ['audit-after-edit', 'rebuilt, nothing found'],
    ])
    expect(readFileSync(cast.files?.file ?? '', 'utf8')).toBe(AFTER)
    expect(told?.trace).toMatch(/^[0-9a-f]{32}$/)
  })

  it('ends where the person denies', async () => {
    const { told, wrong } = await tell({ denies: true })
    expect(told).toBeUndefined()
    expect(wrong).toEqual(['changed-meanwhile'])
  })

  it('notices that the first approval was used, where the file is what the person saw', async () => {
    const { wrong } = await tell({
      approver: (approver, { files }) => ({
        ...approver,
        answerInbox: (...given) => {
          writeFileSync(files?.file ?? '', BEFORE)
          return approver.answerInbox(...given)
        },
      }),
    })
    expect(wrong).toEqual(['changed-meanwhile', 'edit-anew'])
  })
})

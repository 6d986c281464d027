/** Choosing requests to answer together: how many fit on one page, and the bar that counts those chosen. It answers nothing. */
import { MAX_BATCH } from '../../api/requests/answer-shapes.ts'
import { MOST_SHOWN_TOGETHER } from '../../domain/approval/shown-together.ts'

/** The label of a group's box for choosing. */
export function allOf(lengths: readonly number[]): string {
  const fitting = fittingTogether(lengths)
  return fitting < lengths.length ? `Choose the first ${fitting} of these ${lengths.length}` : `Choose all ${fitting}`
}

/** As many as the browser's script chooses, in order: what does not fit is left out. */
function fittingTogether(lengths: readonly number[]): number {
  let [chosen, left] = [0, MOST_SHOWN_TOGETHER]
  for (const length of lengths.map((one) => Math.max(one, LEAST_LENGTH))) {
    if (chosen === MAX_BATCH || length > left) continue
    chosen++
    left -= length
  }
  return chosen
}

/** Shorter ones count as much: any number that can be chosen fits. */
const LEAST_LENGTH = 2000

export const lengthToCount = (length = 0): number | undefined => (length > LEAST_LENGTH ? length : undefined)

/** Outside the list that is fetched again, so that it stays in place while somebody reaches for it. */
export const ChoiceBar = () => (
  <section
    class="choice card"
    aria-label="Chosen requests"
    data-choice=""
    data-most={MAX_BATCH}
    data-most-length={MOST_SHOWN_TOGETHER}
    data-least-length={LEAST_LENGTH}
    hidden
  >
    <p>
      <b data-chosen="">1 chosen</b>
      <span class="muted block" data-chosen-note="">
        Choosing does not answer anything yet.
      </span>
    </p>
    <button type="button" class="quiet" data-choose-none="">
      Clear
    </button>
    <button type="submit" class="primary" form="choice" data-choice-go="">
      Review
    </button>
  </section>
)

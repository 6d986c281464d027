/** Shows a sign at the answers while the end of what there is to read lies below them. Decides nothing. */
export function watchEnd(): void {
  const update = () => {
    const [sign, end] = [document.querySelector<HTMLElement>('[data-more]'), document.querySelector('[data-end]')]
    const answer = sign?.closest('.answer')
    if (!sign || !end || !answer) return
    const isFixed = getComputedStyle(answer).position === 'fixed'
    const bottom = isFixed ? answer.getBoundingClientRect().top : window.innerHeight
    sign.classList.toggle('unread', end.getBoundingClientRect().top > bottom)
  }
  document.addEventListener('scroll', update, { passive: true })
  new ResizeObserver(update).observe(document.body)
  window.addEventListener('resize', update)
}

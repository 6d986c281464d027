/** On every page: the clocks, and signing out. */
import { call } from './parts/api.ts'
import { startClock } from './parts/clock.ts'

startClock()

document.querySelector('[data-sign-out]')?.addEventListener('click', async () => {
  const reply = await call('DELETE', '/session')
  if (reply.ok || reply.code === 'unauthenticated') location.assign('/sign-in')
})

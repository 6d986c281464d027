/** Every page: the clocks, the buttons that revoke, signing out. */
import { call } from './parts/fetch-json.ts'
import { listenForRevocations } from './parts/revoke-buttons.ts'
import { startClock } from './parts/server-clock.ts'

startClock()
listenForRevocations()

document.querySelector('[data-sign-out]')?.addEventListener('click', async () => {
  const reply = await call('DELETE', '/session')
  if (reply.ok || reply.code === 'unauthenticated') location.assign('/sign-in')
})

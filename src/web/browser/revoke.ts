/** On pages that show what can be revoked. */
import { listenForRevocations } from './parts/revoke-buttons.ts'

listenForRevocations()

/** On pages that show what can be revoked. */
import { listenForRevocations } from './_revoke.ts'

listenForRevocations()

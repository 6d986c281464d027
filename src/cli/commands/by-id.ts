/** Commands that are one call about one id, and need no consent: they end something, or repeat a delivery. */
import type { Command } from 'commander'
import type { Answer, Client } from '../../client/client.ts'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'

const idCommand =
  (send: (client: Client, id: string) => Promise<Answer<unknown>>, done: (id: string) => string) =>
  async (id: string, _: object, command: Command): Promise<void> => {
    const { output, client } = contextOf(command)
    output.done(unwrap(await send(client(), id)), done(id))
  }

export const revokeAgent = idCommand(
  (client, id) => client.call('revokeAgent', { params: { id } }),
  (id) => `The agent ${id} is revoked.`,
)
export const revokeExecutor = idCommand(
  (client, id) => client.call('revokeExecutor', { params: { id } }),
  (audience) => `The executor ${audience} is revoked.`,
)
export const revokeDirectory = idCommand(
  (client, id) => client.call('revokeDirectory', { params: { id } }),
  (name) => `The directory ${name} is revoked. People and groups stay as they are.`,
)
export const withdrawInvitation = idCommand(
  (client, id) => client.call('withdrawInvitation', { params: { id } }),
  () => 'The invitation is withdrawn. Its link no longer works.',
)
export const revokeCredential = idCommand(
  (client, id) => client.call('revokeCredential', { params: { id } }),
  (id) => `The credential ${id} is revoked.`,
)
export const endTask = idCommand(
  (client, id) => client.call('endAgentSession', { params: { id } }),
  (id) => `The task of ${id} has ended.`,
)
export const endAbsence = idCommand(
  (client, id) => client.call('endAbsence', { params: { id } }),
  () => 'The absence has ended. The deputy no longer answers for the absent person.',
)
export const suspendPerson = idCommand(
  (client, id) => client.call('suspendPerson', { params: { id } }),
  (id) => `${id} is suspended. people restore lets them back in.`,
)
export const signOutPerson = idCommand(
  (client, id) => client.call('signOutPerson', { params: { id } }),
  (id) => `${id} is signed out everywhere.`,
)
export const revokeToken = idCommand(
  (client, jti) => client.call('revokeToken', { params: { jti } }),
  (jti) => `The token ${jti} is revoked.`,
)
export const revokeRequest = idCommand(
  (client, id) => client.call('revokeRequest', { params: { id } }),
  (id) => `The request ${id} is ended.`,
)
export const removeWebhook = idCommand(
  (client, id) => client.call('removeWebhook', { params: { id } }),
  () => 'It receives no more events.',
)
export const replayDelivery = idCommand(
  (client, id) => client.call('replayDelivery', { params: { id } }),
  () => 'It is sent once more.',
)

/** The head of the answer to a request. Settles whatever the connection does: `response` alone may never come. */
import type { ClientRequest, IncomingMessage } from 'node:http'

/** Rejects where the request ends without a final answer: it broke off, or the server switched to another protocol. */
export function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('error', reject)
    sent.once('close', () => reject(new Error('The connection ended before the answer.')))
    sent.once('response', (answer) => {
      if ((answer.statusCode ?? 0) >= FIRST_FINAL) return resolve(answer)
      reject(new Error(`The answer has the status ${answer.statusCode}, which is no final one.`))
      sent.destroy()
    })
  })
}

const FIRST_FINAL = 200

/** Every vector file, from fixed keys and fixed randomness. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeAssertions } from './make-assertion.ts'
import { makeBounds } from './make-bounds.ts'
import { makeChallenges } from './make-challenge.ts'
import { makeEnrolments } from './make-enrolment.ts'
import { makeActions, makeCanonical, makeConsents, makeJson, makePreviews, makeStates } from './make-plain.ts'
import { makeTokens } from './make-token.ts'

export async function generate(folder: string): Promise<void> {
  const files = {
    'action.json': await makeActions(),
    'assertion.json': await makeAssertions(),
    'bounds.json': await makeBounds(),
    'canonical.json': makeCanonical(),
    'challenge.json': await makeChallenges(),
    'consent.json': await makeConsents(),
    'json.json': makeJson(),
    'preview.json': await makePreviews(),
    'state.json': await makeStates(),
    'token.json': await makeTokens(),
    'enrolment.json': await makeEnrolments(),
  }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 1)}\n`)
  }
}

/**
 * The first page of the documentation: every document with its subject, and every error code.
 *
 * In: documents rendered at build time, the verifier's list of codes. Out: HTML without a frame.
 * The `type` of every problem document links to one of its codes.
 */
import { ApprovalError, ERROR_CODES, ERROR_STATUS } from '@countersign/verifier'
import { ENDPOINTS_PATH, pathOf } from './docs-frame.tsx'
import { guides } from './guides.gen.ts'

export const DocsOverview = () => (
  <>
    <h1>Documentation</h1>
    <p>
      People consent to an agent’s action with a passkey. Executors refuse every call without an approval token for
      exactly that call.
    </p>
    <dl class="overview">
      {guides.map(({ slug, title, summary }) => (
        <>
          <dt>
            <a href={pathOf(slug)}>{title}</a>
          </dt>
          <dd>{summary}</dd>
        </>
      ))}
      <dt>
        <a href={ENDPOINTS_PATH}>Endpoints</a>
      </dt>
      <dd>Every call of the HTTP API, its fields and its refusals.</dd>
    </dl>
    <h2 id="errors">Error codes</h2>
    <p>
      Every refusal carries one of these codes. The list is closed. The message of a problem document says more about
      its case.
    </p>
    <section class="scroll" aria-label="Error codes">
      <table>
        <thead>
          <tr>
            <th>Code</th>
            <th>Status</th>
            <th>What to do next</th>
          </tr>
        </thead>
        <tbody>
          {ERROR_CODES.map((code) => (
            <tr id={code}>
              <td>
                <code>{code}</code>
              </td>
              <td>{ERROR_STATUS[code]}</td>
              <td>{new ApprovalError(code).message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  </>
)

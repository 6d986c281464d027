/**
 * What the agent says about its own call, after all that is true of it and visibly set apart: its preview and its
 * reason. Nobody has verified a word of it.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Card, type Level } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { PreviewContent } from './difference.tsx'

/** Nothing where the agent says nothing. */
export const AgentClaim = ({ request, level }: { request: ApprovalRequest; level: Level }) => {
  const preview = request.preview?.by === 'agent' ? request.preview : null
  const reason = request.door === 'agent' ? request.reason : null
  if (preview === null && reason === null) return null
  return (
    <Card
      id={`claim-${request.id}`}
      level={level}
      class="claim"
      title="What the agent claims"
      note={<span class="pill warn">claimed, not verified</span>}
    >
      <p class="body muted">
        These are the words of <UntrustedText text={request.agent} limit={80} />. The call above decides what happens.
      </p>
      {reason === null ? null : <Reason text={reason} />}
      {preview === null ? null : (
        <>
          <p class="body label">It says that this would change</p>
          <PreviewContent preview={preview} request={request} />
        </>
      )}
    </Card>
  )
}

const Reason = ({ text }: { text: string }) => (
  <div class="body">
    <p class="label">Its reason</p>
    <blockquote dir="auto">
      <UntrustedText text={text} lines="kept" whole />
    </blockquote>
  </div>
)

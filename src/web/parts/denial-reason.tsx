/** The words of a person who denied a request, set apart from those of the page. */
import { UntrustedText } from './untrusted-text.tsx'

export const DenialReason = ({ text }: { text: string }) => (
  <blockquote class="denial" dir="auto">
    <UntrustedText text={text} lines="kept" />
  </blockquote>
)

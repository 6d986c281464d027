/** The Vercel AI SDK 6. */
import './ai-sdk-cases.ts'

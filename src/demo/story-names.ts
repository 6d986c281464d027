/** The names of the demo's stories, apart from the stories: a help text lists them without loading any. */
export const STORIES = ['forum', 'mailbox', 'files'] as const
export type StoryName = (typeof STORIES)[number]

/** The stories, each with its agent, its words and what it leaves behind. */
import { AUDIENCE, type Cast, MAILBOX_AUDIENCE } from './cast.ts'
import { createFilesAgent } from './files-agent.ts'
import { FILES_AUDIENCE } from './files-gateway.ts'
import { tellFilesStory } from './files-story.ts'
import { resourceOf as placeResource } from './forum-actions.ts'
import { createHelpdeskAgent } from './forum-agent.ts'
import { tellForumStory } from './forum-story.ts'
import { resourceOf as boxResource } from './mailbox-actions.ts'
import { createMailAgent } from './mailbox-agent.ts'
import { tellMailboxStory } from './mailbox-story.ts'
import { EDIT } from './opening-hours.ts'
import type { Scene } from './playground.ts'
import { ALL, type Pace, PLACE, type Stage, type StoryResult, TEXT } from './stage.ts'
import type { StoryName } from './story-names.ts'

/** The part of the stage that all stories share. */
export type Setting = Omit<Stage, 'agent'>

export interface Story {
  readonly title: string
  readonly prologue: readonly string[]
  readonly epilogue: string
  /** Undefined where it ended early. */
  readonly tell: (cast: Cast, setting: Setting, pace: Pace) => Promise<StoryResult | undefined>
  readonly scene: (cast: Cast, result: StoryResult | undefined) => Scene
}

const forum: Story = {
  title: 'The March incident, replayed',
  prologue: [
    'In March a helpdesk agent was asked to look into a question in the engineering forum.',
    'It answered it, in public. Nobody had asked it to, and the answer was wrong.',
    'Here it tries again, with an authority in between.',
  ],
  epilogue: 'One approved reply, and not one more. No token, no execution.',
  tell: ({ authority, agentCredential, forum }, setting) => {
    const agent = createHelpdeskAgent({
      authority: authority.origin,
      credential: agentCredential,
      executor: forum.url,
      audience: AUDIENCE,
    })
    return tellForumStory({ ...setting, agent })
  },
  scene: ({ forum, agentCredential, executorCredential }, result) => ({
    executor: forum.url,
    audience: AUDIENCE,
    agent_credential: agentCredential,
    executor_credential: executorCredential,
    ...result,
    ...(result && {
      action: { name: 'forum.post', resource: placeResource(PLACE), arguments: { ...PLACE, text: TEXT } },
    }),
  }),
}

const mailbox: Story = {
  title: 'The February incident, replayed',
  prologue: [
    'In February an agent was to tidy up a mailbox. It began to delete every mail in it,',
    'and did not hear the person who typed, on a phone, that it should stop.',
    'Here the person has a switch that does not ask the agent.',
  ],
  epilogue: 'Stopped half-way, to the mail. What is gone is known; the rest is there.',
  tell: ({ authority, mailbox }, setting, pace) => {
    const agent = createMailAgent({
      authority: authority.origin,
      credential: mailbox.agentCredential,
      executor: mailbox.url,
      audience: MAILBOX_AUDIENCE,
    })
    return tellMailboxStory({
      ...setting,
      agent,
      audience: MAILBOX_AUDIENCE,
      killPage: `${authority.origin}/kill`,
      pace,
    })
  },
  scene: ({ mailbox }, result) => ({
    executor: mailbox.url,
    audience: MAILBOX_AUDIENCE,
    agent_credential: mailbox.agentCredential,
    executor_credential: mailbox.executorCredential,
    ...result,
    ...(result && { action: { name: 'mail.delete_all', resource: boxResource(ALL), arguments: { ...ALL } } }),
  }),
}

function filesOf({ files }: Cast) {
  if (files === undefined) throw new TypeError('The gateway is not on stage.')
  return files
}

const files: Story = {
  title: 'The edit of a file, through the gateway',
  prologue: [
    'An agent uses the files of a shop, as agents do: by MCP, from a server that asks nobody.',
    'The server and the agent stay as they are. A gateway stands between them.',
  ],
  epilogue: 'What was approved is what happened. Nobody’s work was lost.',
  async tell(cast, setting) {
    const { url: executor, file, agentCredential: credential } = filesOf(cast)
    const { origin } = cast.authority
    const agent = await createFilesAgent({ authority: origin, credential, executor, file })
    try {
      return await tellFilesStory({ ...setting, agent, file, audience: FILES_AUDIENCE, inbox: `${origin}/` })
    } finally {
      await agent.close()
    }
  },
  scene(cast, result) {
    const { url, file, agentCredential, executorCredential } = filesOf(cast)
    return {
      executor: url,
      audience: FILES_AUDIENCE,
      agent_credential: agentCredential,
      executor_credential: executorCredential,
      ...result,
      action: { name: 'files.edit_file', resource: `file:${file}`, arguments: { path: file, edits: [EDIT] } },
    }
  },
}

export const stories: Readonly<Record<StoryName, Story>> = { forum, mailbox, files }

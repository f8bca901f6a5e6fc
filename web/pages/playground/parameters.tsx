import { TextArea, TextField } from '#web/elements/field.tsx'
import { Panel } from '#web/elements/page.tsx'

import type { PlaygroundDraft } from './playground-draft.ts'

/** What is sent beside the message. An empty field is not sent. */
export function Parameters({
  draft,
  change,
  problem,
}: {
  draft: PlaygroundDraft
  change: (part: Partial<PlaygroundDraft>) => void
  problem: { field: string; words: string } | null
}) {
  const field = (name: Exclude<keyof PlaygroundDraft, 'models'>) => ({
    value: draft[name],
    problem: problem?.field === name ? problem.words : null,
    onChange: ({ target }: { target: { value: string } }) => change({ [name]: target.value }),
  })
  return (
    <Panel title="Parameters">
      <div className="flex flex-col gap-3">
        <TextArea label="System prompt" rows={3} {...field('system')} />
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label="Temperature"
            inputMode="decimal"
            isMono
            placeholder="as the model"
            {...field('temperature')}
          />
          <TextField
            label="Longest answer"
            inputMode="numeric"
            isMono
            placeholder="tokens"
            {...field('maxTokens')}
          />
        </div>
        <TextArea
          label="Tools"
          rows={2}
          isMono
          placeholder='[{"type": "function", …}]'
          help="A JSON array. Calls are shown, not run."
          {...field('tools')}
        />
        <TextArea
          label="JSON schema of the answer"
          rows={2}
          isMono
          placeholder='{"type": "object", …}'
          {...field('schema')}
        />
      </div>
    </Panel>
  )
}

import { Button } from '#web/elements/button.tsx'
import { CopyButton } from '#web/elements/copy-text.tsx'
import { CodeTabs } from '#web/elements/snippet-tabs.tsx'
import { snippet, snippetLanguages } from '#web/elements/snippets.ts'

import { agentTabs } from './agent-snippets.ts'

const firstBody = {
  model: 'sim/echo',
  messages: [{ role: 'user', content: 'Hello!' }],
}

/** The secret of a new key, with the first call in every language and the settings of coding agents. */
export function ShownOnce({ secret, done }: { secret: string; done: () => void }) {
  const { origin } = location
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-3 rounded border border-line bg-sunken px-3 py-2">
        <code className="min-w-0 grow font-mono text-13 break-all" data-testid="secret">
          {secret}
        </code>
        <CopyButton text={secret} label="Copy the key" />
      </div>
      <CodeTabs
        label="How to use it"
        tabs={[
          ...snippetLanguages.map(({ id, title }) => ({
            id,
            title,
            code: snippet(id, { origin, key: secret, body: firstBody }),
          })),
          ...agentTabs({ origin, key: secret }),
        ]}
      />
      <div className="flex justify-end">
        <Button kind="primary" onClick={done}>
          I have kept it
        </Button>
      </div>
    </div>
  )
}

import { Button } from '#web/elements/button.tsx'
import { CopyButton } from '#web/elements/copy-text.tsx'
import { CodeTabs } from '#web/elements/snippet-tabs.tsx'
import { snippet, snippetLanguages } from '#web/elements/snippets.ts'
import { useFirstModel } from '#web/pages/models/use-first-model.ts'

import { agentTabs } from './agent-snippets.ts'
import type { Key } from './key-calls.ts'
import { managesKeys } from './key-purpose.ts'
import { managementTabs } from './management-snippets.ts'

/**
 * The secret of a new key, with what to do with it: the first call in every language and the settings of
 * coding agents; or for a key that asks no models, how it makes others.
 */
export function ShownOnce({
  secret,
  scopes,
  done,
}: {
  secret: string
  scopes: Key['scopes']
  done: () => void
}) {
  const { origin } = location
  const model = useFirstModel()
  const body = { model, messages: [{ role: 'user', content: 'Hello!' }] }
  const modelTabs = [
    ...snippetLanguages.map(({ id, title }) => ({
      id,
      title,
      code: snippet(id, { origin, key: secret, body }),
    })),
    ...agentTabs({ origin, key: secret, model }),
  ]
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
          ...(managesKeys({ scopes }) ? managementTabs({ origin, key: secret }) : []),
          ...(scopes.includes('inference') ? modelTabs : []),
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

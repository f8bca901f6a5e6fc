import { Link } from '@tanstack/react-router'

import { buttonClass } from '#web/elements/button.tsx'
import { Panel } from '#web/elements/page.tsx'
import { CodeTabs } from '#web/elements/snippet-tabs.tsx'
import { snippet, snippetLanguages } from '#web/elements/snippets.ts'
import { useFirstModel } from '#web/pages/models/use-first-model.ts'

/** A new account: the first call, ready to be pasted once there is a key. */
export function FirstUse() {
  const model = useFirstModel()
  return (
    <Panel
      title="Your first request"
      about="Any OpenAI client works: only the address and the key change."
      actions={
        <Link to="/keys" search={{ create: true }} className={buttonClass('primary', 'small')}>
          Create a key
        </Link>
      }
    >
      <CodeTabs
        label="The first request"
        tabs={snippetLanguages.map(({ id, title }) => ({
          id,
          title,
          code: snippet(id, {
            origin: location.origin,
            key: null,
            body: {
              model,
              messages: [{ role: 'user', content: 'Hello!' }],
            },
          }),
        }))}
      />
      <p className="mt-3 text-13 text-muted">
        It is seen here within a second, with its cost to the nano-dollar.
      </p>
    </Panel>
  )
}

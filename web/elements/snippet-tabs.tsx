import { Tabs } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

import { CopyButton } from './copy-text.tsx'

/** One way to write something down. */
export interface CodeTab {
  readonly id: string
  readonly title: string
  /** Where it goes, or what to do with it. */
  readonly about?: ReactNode
  readonly code: string
}

/** The same thing in several languages, ready to be copied. */
export function CodeTabs({ tabs, label }: { tabs: readonly CodeTab[]; label: string }) {
  return (
    <Tabs.Root
      defaultValue={tabs[0]?.id}
      className="min-w-0 overflow-hidden rounded border border-line bg-sunken"
    >
      <Tabs.List
        aria-label={label}
        className="relative flex gap-1 overflow-x-auto border-b border-line bg-surface px-2"
      >
        {tabs.map(({ id, title }) => (
          <Tabs.Tab
            key={id}
            value={id}
            className="h-9 shrink-0 border-b-2 border-transparent px-2 text-13 text-muted hover:text-text data-active:border-accent data-active:font-medium data-active:text-text"
          >
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ id, about, code, title }) => (
        <Tabs.Panel key={id} value={id} className="outline-none">
          {about !== undefined && <p className="px-4 pt-3 text-13 text-muted">{about}</p>}
          <Code code={code} label={title} />
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}

/** Code, or any text that must stay as it is. It is never read as markup. */
function Code({ code, label }: { code: string; label: string }) {
  return (
    <div className="relative flex flex-col-reverse">
      <pre
        tabIndex={0}
        aria-label={label}
        className="max-h-96 overflow-auto px-4 py-3 font-mono md:pr-24 text-12 leading-5 break-normal"
      >
        {code}
      </pre>
      <CopyButton
        text={code}
        className="mt-2 mr-2 self-end md:absolute md:top-2 md:right-2 md:m-0"
      />
    </div>
  )
}

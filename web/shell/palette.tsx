import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import type { ReactNode } from 'react'

import { useAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'

import { paletteClass, palettePlaceholder } from './palette-look.ts'
import { placeGroups } from './places.ts'
import { changePreferences, usePreferences } from './preferences.ts'
import { useSignOut } from './use-sign-out.ts'

/**
 * Every page, key, project, model, request id and action, found by typing. What was typed before it was
 * there is in `typed`.
 */
export function Palette({
  typed,
  setTyped,
  close,
  showKeys,
}: {
  typed: string
  setTyped: (typed: string) => void
  close: () => void
  showKeys: () => void
}) {
  const navigate = useNavigate()
  const go = (leave: () => Promise<void>) => () => {
    close()
    void leave()
  }
  const id = typed.trim()
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)]" />
        <Dialog.Popup className={paletteClass}>
          <Dialog.Title className="sr-only">Go anywhere, do anything</Dialog.Title>
          <Command label="Go anywhere, do anything" loop>
            <Command.Input
              autoFocus
              value={typed}
              onValueChange={setTyped}
              placeholder={palettePlaceholder}
              className="h-12 w-full border-b border-line bg-transparent px-4 text-16 outline-none placeholder:text-muted"
            />
            <Command.List className="max-h-[56vh] overflow-y-auto p-2">
              <Command.Empty className="px-2 py-8 text-center text-muted">
                Nothing has this name.
              </Command.Empty>
              {/^gen-[0-9A-Za-z-]+$/.test(id) && (
                <Group title="Request">
                  <Item
                    value={id}
                    run={go(() =>
                      navigate({ to: '/requests/$generation', params: { generation: id } }),
                    )}
                  >
                    Open the request <span className="truncate font-mono text-12">{id}</span>
                  </Item>
                </Group>
              )}
              <Group title="Pages">
                {placeGroups
                  .flatMap(({ places }) => places)
                  .map(({ to, title, icon: Icon, key }) => (
                    <Item key={to} value={title} keys={key} run={go(() => navigate({ to }))}>
                      <Icon size={15} aria-hidden />
                      {title}
                    </Item>
                  ))}
              </Group>
              <Actions go={go} showKeys={showKeys} />
              <OwnThings go={go} />
              <Models go={go} />
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

type Go = (leave: () => Promise<void>) => () => void

function Actions({ go, showKeys }: { go: Go; showKeys: () => void }) {
  const navigate = useNavigate()
  const { zone } = usePreferences()
  const leave = useSignOut()
  return (
    <Group title="Actions">
      <Item
        value="Create a key"
        run={go(() => navigate({ to: '/keys', search: { create: true } }))}
      >
        Create a key
      </Item>
      <Item
        value="Create a project"
        run={go(() => navigate({ to: '/projects', search: { create: true } }))}
      >
        Create a project
      </Item>
      <Item value="Light theme" run={() => changePreferences({ theme: 'light' })}>
        Light theme
      </Item>
      <Item value="Dark theme" run={() => changePreferences({ theme: 'dark' })}>
        Dark theme
      </Item>
      <Item
        value="Time zone UTC local"
        run={() => changePreferences({ zone: zone === 'utc' ? 'local' : 'utc' })}
      >
        {zone === 'utc' ? 'Show times in your zone' : 'Show times in UTC'}
      </Item>
      <Item value="Show the keys of the keyboard" keys="?" run={showKeys}>
        Show the keys
      </Item>
      <Item value="Sign out" run={go(leave)}>
        Sign out
      </Item>
    </Group>
  )
}

/** The keys and projects of the account that the page is about. */
function OwnThings({ go }: { go: Go }) {
  const navigate = useNavigate()
  const account = useAccount()
  const params = { account_id: account?.id ?? 'acct_' } as const
  const isKnown = account !== undefined
  const { data: keys } = useQuery({
    ...reading('GET /api/accounts/{account_id}/keys', { params }),
    enabled: isKnown,
  })
  const { data: projects } = useQuery({
    ...reading('GET /api/accounts/{account_id}/projects', { params }),
    enabled: isKnown,
  })
  return (
    <>
      <Group title="Keys">
        {keys?.data
          .filter(({ revoked_at }) => revoked_at === null)
          .map(({ id, name, label }) => (
            <Item
              key={id}
              value={`key ${name} ${id}`}
              aside={label}
              run={go(() => navigate({ to: '/keys', search: { key: id } }))}
            >
              <span className="truncate">{name}</span>
            </Item>
          ))}
      </Group>
      <Group title="Projects">
        {projects?.data
          .filter(({ archived_at }) => archived_at === null)
          .map(({ id, name }) => (
            <Item
              key={id}
              value={`project ${name} ${id}`}
              run={go(() => navigate({ to: '/projects', search: { project: id } }))}
            >
              <span className="truncate">{name}</span>
            </Item>
          ))}
      </Group>
    </>
  )
}

function Models({ go }: { go: Go }) {
  const navigate = useNavigate()
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  return (
    <Group title="Models">
      {models?.data.map(({ id, name }) => {
        const slash = id.indexOf('/')
        const params = { author: id.slice(0, slash), slug: id.slice(slash + 1) }
        return (
          <Item
            key={id}
            value={`${name} ${id}`}
            aside={id}
            run={go(() => navigate({ to: '/models/$author/$slug', params }))}
          >
            {name}
          </Item>
        )
      })}
    </Group>
  )
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={title}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-muted"
    >
      {children}
    </Command.Group>
  )
}

function Item({
  value,
  aside,
  keys,
  run,
  children,
}: {
  /** What is searched; the values of all items differ. */
  value: string
  aside?: string
  /** What is pressed for it, for those who have a keyboard. */
  keys?: string
  run: () => void
  children: ReactNode
}) {
  return (
    <Command.Item
      value={value}
      onSelect={run}
      className="flex h-9 cursor-pointer items-center gap-2.5 rounded px-2 data-[selected=true]:bg-accent-wash data-[selected=true]:text-accent"
    >
      {children}
      {aside !== undefined && (
        <span className="ml-auto shrink-0 truncate font-mono text-12 text-muted">{aside}</span>
      )}
      {keys !== undefined && (
        <kbd className="ml-auto shrink-0 text-12 text-muted max-md:hidden">{keys}</kbd>
      )}
    </Command.Item>
  )
}

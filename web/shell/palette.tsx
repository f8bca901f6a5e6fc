import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'

import { reading } from '#web/client/queries.ts'

import { placeGroups } from './places.ts'
import { changePreferences } from './preferences.ts'

/** Every page, model and action, found by typing. */
export function Palette({ close, showKeys }: { close: () => void; showKeys: () => void }) {
  const navigate = useNavigate()
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const go = (leave: () => Promise<void>) => () => {
    close()
    void leave()
  }
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Popup className="fixed inset-x-3 top-[10vh] z-40 overflow-hidden rounded border border-line bg-raised shadow-float outline-none md:inset-x-auto md:left-1/2 md:w-140 md:-translate-x-1/2">
          <Dialog.Title className="sr-only">Go anywhere, do anything</Dialog.Title>
          <Command label="Go anywhere, do anything" loop>
            <Command.Input
              autoFocus
              placeholder="A page, a model, an action…"
              className="h-12 w-full border-b border-line bg-transparent px-4 text-16 outline-none placeholder:text-muted"
            />
            <Command.List className="max-h-[56vh] overflow-y-auto p-2">
              <Command.Empty className="px-2 py-8 text-center text-muted">
                Nothing has this name.
              </Command.Empty>
              <Command.Group heading="Pages" className={groupClass}>
                {placeGroups
                  .flatMap(({ places }) => places)
                  .map(({ to, title, icon: Icon, key }) => (
                    <Command.Item
                      key={to}
                      value={title}
                      onSelect={go(() => navigate({ to }))}
                      className={itemClass}
                    >
                      <Icon size={15} aria-hidden />
                      {title}
                      <kbd className="ml-auto text-12 text-muted">{key}</kbd>
                    </Command.Item>
                  ))}
              </Command.Group>
              <Command.Group heading="Actions" className={groupClass}>
                <Command.Item
                  value="Theme light"
                  onSelect={() => changePreferences({ theme: 'light' })}
                  className={itemClass}
                >
                  Light theme
                </Command.Item>
                <Command.Item
                  value="Theme dark"
                  onSelect={() => changePreferences({ theme: 'dark' })}
                  className={itemClass}
                >
                  Dark theme
                </Command.Item>
                <Command.Item value="Show the keys" onSelect={showKeys} className={itemClass}>
                  Show the keys<kbd className="ml-auto text-12 text-muted">?</kbd>
                </Command.Item>
              </Command.Group>
              <Command.Group heading="Models" className={groupClass}>
                {models?.data.map(({ id, name }) => (
                  <Command.Item
                    key={id}
                    value={`${name} ${id}`}
                    onSelect={go(() =>
                      navigate({
                        to: '/models/$author/$slug',
                        params: { author: id.split('/')[0] ?? '', slug: id.split('/')[1] ?? '' },
                      }),
                    )}
                    className={itemClass}
                  >
                    {name}
                    <span className="ml-auto font-mono text-12 text-muted">{id}</span>
                  </Command.Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

const groupClass =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-muted'
const itemClass =
  'flex h-9 cursor-pointer items-center gap-2.5 rounded px-2 data-[selected=true]:bg-accent-wash data-[selected=true]:text-accent'

import { Modal } from '#web/elements/modal.tsx'

import { useBoundKeys } from './keys.ts'

/** Every key that does something on the page that is open. */
export function KeyHelp({
  isOpen,
  setOpen,
}: {
  isOpen: boolean
  setOpen: (isOpen: boolean) => void
}) {
  const keys = useBoundKeys()
  return (
    <Modal title="Keyboard" isOpen={isOpen} setOpen={setOpen}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-2">
        {[{ key: 'Ctrl K', does: 'Go anywhere, do anything' }, ...keys].map(({ key, does }) => (
          <div key={key} className="contents">
            <dt className="flex gap-1">
              {key.split(' ').map((part) => (
                <kbd
                  key={part}
                  className="min-w-6 rounded-xs border border-line bg-sunken px-1.5 py-0.5 text-center text-12"
                >
                  {part}
                </kbd>
              ))}
            </dt>
            <dd className="text-muted">{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}

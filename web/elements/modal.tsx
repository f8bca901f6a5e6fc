import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, useRef } from 'react'

import { classNames } from './class-names.ts'

/** A dialog over the page. `Escape` closes it, and the focus returns to where it was. */
export function Modal({
  title,
  about,
  isOpen,
  setOpen,
  children,
  isWide = false,
}: {
  title: string
  about?: ReactNode
  isOpen: boolean
  setOpen: (isOpen: boolean) => void
  children: ReactNode
  isWide?: boolean
}) {
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)] transition-opacity duration-(--fast) data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup
          ref={popup}
          initialFocus={() => focusWithin(popup.current)}
          className={classNames(
            'fixed inset-x-0 bottom-0 z-40 flex max-h-[92dvh] flex-col rounded-t border border-line bg-raised shadow-float outline-none transition duration-(--fast) data-ending-style:translate-y-2 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0 md:inset-auto md:top-[12vh] md:left-1/2 md:max-h-[76vh] md:-translate-x-1/2 md:rounded',
            isWide ? 'md:w-180' : 'md:w-120',
          )}
        >
          <header className="flex items-start justify-between gap-4 px-5 pt-4 pb-3">
            <div>
              <Dialog.Title className="text-16 font-semibold">{title}</Dialog.Title>
              {about !== undefined && (
                <Dialog.Description className="mt-1 text-13 text-muted">{about}</Dialog.Description>
              )}
            </div>
            <Dialog.Close
              aria-label="Close"
              className="-mr-2 inline-flex size-8 items-center justify-center rounded text-muted hover:bg-sunken hover:text-text"
            >
              <X size={16} aria-hidden />
            </Dialog.Close>
          </header>
          <div className="overflow-y-auto px-5 pb-5">{children}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** The field that took the focus by itself, else the dialog as a whole: not its way out. */
function focusWithin(popup: HTMLElement | null): HTMLElement | null {
  const { activeElement } = document
  return activeElement instanceof HTMLElement && popup?.contains(activeElement) === true
    ? activeElement
    : popup
}

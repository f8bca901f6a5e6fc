import { Dialog } from '@base-ui/react/dialog'

import { Navigation } from './navigation.tsx'

/** The way to every page, from the side of a phone. Open as long as it is there. */
export function PhoneMenu({ close, openPalette }: { close: () => void; openPalette: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)]" />
        <Dialog.Popup className="fixed inset-y-0 right-0 z-40 flex w-72 flex-col border-l border-line bg-surface outline-none">
          <Dialog.Title className="sr-only">Menu</Dialog.Title>
          <Navigation
            onNavigate={close}
            openPalette={() => {
              close()
              openPalette()
            }}
          />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

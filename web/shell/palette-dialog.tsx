import { Dialog } from '@base-ui/react/dialog'
import { lazy, Suspense, useState } from 'react'

const loadPalette = () => import('./palette.tsx')
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))

/** Loads the palette's list, so that it is there when it is opened. May be called at any time. */
export function preloadPalette(): void {
  void loadPalette()
}

/**
 * The palette. Its field is there at once and takes what is typed; the list behind it comes a moment later,
 * and loses none of that.
 */
export function PaletteDialog({ close, showKeys }: { close: () => void; showKeys: () => void }) {
  const [typed, setTyped] = useState('')
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Popup className="fixed inset-x-3 top-[10vh] z-40 overflow-hidden rounded border border-line bg-raised shadow-float outline-none md:inset-x-auto md:left-1/2 md:w-140 md:-translate-x-1/2">
          <Dialog.Title className="sr-only">Go anywhere, do anything</Dialog.Title>
          <Suspense
            fallback={
              <input
                aria-label="Go anywhere, do anything"
                autoFocus
                value={typed}
                onChange={({ target }) => setTyped(target.value)}
                className="h-12 w-full bg-transparent px-4 text-16 outline-none"
              />
            }
          >
            <Palette {...{ typed, setTyped, close, showKeys }} />
          </Suspense>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

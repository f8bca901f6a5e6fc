import { lazy, Suspense, useState } from 'react'

import { paletteClass, palettePlaceholder } from './palette-look.ts'

const loadPalette = () => import('./palette.tsx')
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))

/** Loads the palette, so that it is there when it is opened. May be called at any time. */
export function preloadPalette(): void {
  void loadPalette()
}

/**
 * The palette. A field is there at once and takes what is typed; the list behind it comes a moment later,
 * and loses none of that.
 */
export function PaletteDialog({ close, showKeys }: { close: () => void; showKeys: () => void }) {
  const [typed, setTyped] = useState('')
  return (
    <Suspense
      fallback={
        <div className={paletteClass}>
          <input
            aria-label="Go anywhere, do anything"
            autoFocus
            placeholder={palettePlaceholder}
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
            onKeyDown={({ key }) => {
              if (key === 'Escape') close()
            }}
            className="h-12 w-full bg-transparent px-4 text-16 outline-none placeholder:text-muted"
          />
        </div>
      }
    >
      <Palette {...{ typed, setTyped, close, showKeys }} />
    </Suspense>
  )
}

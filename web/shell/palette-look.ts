/** The classes of the box of the palette, which stands before its list is loaded. */
export const paletteClass =
  'fixed inset-x-3 top-[10vh] z-40 overflow-hidden rounded border border-line bg-raised shadow-float outline-none md:inset-x-auto md:left-1/2 md:w-140 md:-translate-x-1/2'

/** What stands in its field before anything is typed. */
export const palettePlaceholder = 'A page, key, model, request id or action…'

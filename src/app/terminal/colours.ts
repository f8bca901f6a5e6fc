import picocolors from 'picocolors'

/** Colours for a terminal; each returns its text unchanged where colour is unwanted. */
export type Colours = Pick<
  ReturnType<typeof picocolors.createColors>,
  'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'
>

/** Colour only where a person reads it: on a terminal, unless `NO_COLOR` is set to anything. */
export function coloursFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Colours {
  const unwanted = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb'
  return picocolors.createColors(stream.isTTY === true && !unwanted)
}

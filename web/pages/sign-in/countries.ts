/** Every country that the browser knows a name for, by its two letters, sorted by name. */
export function countries(): readonly { readonly code: string; readonly name: string }[] {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index))
  return letters
    .flatMap((first) => letters.map((second) => first + second))
    .flatMap((code) => {
      const name = notCountries.has(code) ? undefined : names.of(code)
      return name === undefined ? [] : [{ code, name }]
    })
    .toSorted((left, right) => left.name.localeCompare(right.name))
}

/** Codes with a name that stand for something else: unions, exceptional and private ones. */
const notCountries: ReadonlySet<string> = new Set(
  'AC AN BU CP CQ CS DD DG DY EA EU EZ FX HV IC NH NT QO RH SU TA TP UK UN VD XA XB XK YD YU ZR ZZ'.split(
    ' ',
  ),
)

/** The country that the browser's language names, as a first guess. */
export function guessedCountry(): string {
  try {
    return new Intl.Locale(navigator.language).region ?? ''
  } catch {
    return ''
  }
}

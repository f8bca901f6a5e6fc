import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

const tokensText = readFileSync(new URL('../web/style/tokens.css', import.meta.url), 'utf8')

type Theme = 'light' | 'dark'

const tokens = new Map(
  [...tokensText.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
)

function colour(name: string, theme: Theme): string {
  const found = tokens.get(name)
  expect(found, `the token --${name}`).toBeDefined()
  return found?.[theme] ?? '#000000'
}

/** Relative luminance, as WCAG 2 defines it. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(left: string, right: string): number {
  const [dark = 0, light = 0] = [luminance(left), luminance(right)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

const grounds = ['ground', 'surface', 'raised', 'sunken']
const texts = ['text', 'muted', 'accent', 'positive', 'caution', 'negative']
const washes = ['accent', 'positive', 'caution', 'negative']
const marks = ['line-strong', ...[1, 2, 3, 4, 5, 6].map((index) => `series-${index}`)]

describe.each<Theme>(['light', 'dark'])('%s', (theme) => {
  test.each(texts.flatMap((text) => grounds.map((ground) => [text, ground] as const)))(
    '%s can be read on %s',
    (text, ground) => {
      expect(contrast(colour(text, theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5)
    },
  )

  test.each(washes)('%s can be read on its own wash, and so can text', (name) => {
    const wash = colour(`${name}-wash`, theme)
    expect(contrast(colour(name, theme), wash)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(colour('text', theme), wash)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(colour('muted', theme), wash)).toBeGreaterThanOrEqual(4.5)
  })

  test('the words on a primary button can be read', () => {
    expect(contrast(colour('on-accent', theme), colour('accent', theme))).toBeGreaterThanOrEqual(
      4.5,
    )
  })

  test.each(
    marks.flatMap((mark) => ['ground', 'surface'].map((ground) => [mark, ground] as const)),
  )('the mark %s can be seen on %s', (mark, ground) => {
    expect(contrast(colour(mark, theme), colour(ground, theme))).toBeGreaterThanOrEqual(3)
  })
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { describe, expect, test } from 'vitest'

import { rooms } from '#rooms'

import { errorsPage } from './docs/errors-page.ts'
import { readTree } from './tidy/tree.ts'

const root = join(import.meta.dirname, '..')
const pages = readTree(root).files.filter(({ path }) => path.endsWith('.md'))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('a page', () => {
  test.each(pages)('$path links only to what is there', ({ path, text }) => {
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link)
    const local = links.filter((link) => !/^[a-z]+:/.test(link))
    const missing = local.filter((link) => !existsSync(resolve(root, dirname(path), link)))
    expect(missing).toEqual([])
  })

  test.each(pages)('$path names only commands that exist', ({ text }) => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
    const named = [...text.matchAll(/`?npm (?:run ([a-z:-]+)|(start|test)\b)/g)]
    const missing = named.map(([, run, own]) => run ?? own ?? '').filter((name) => !scripts[name])
    expect(missing).toEqual([])
  })
})

test('the page of errors says what the table of faults says', () => {
  // Formatting pads tables; words are compared.
  const words = (text: string) => text.replace(/[\s-]+/g, ' ')
  expect(words(read('docs/errors.md')), 'run npm run docs').toBe(words(errorsPage()))
})

test('decision records are numbered without gaps, and each says where it stands', () => {
  const names = readdirSync(join(root, 'docs/decisions')).filter((name) => name.endsWith('.md'))
  const numbers = names.map((name) => Number(name.slice(0, 4))).sort((a, b) => a - b)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  for (const name of names) {
    expect(read(`docs/decisions/${name}`)).toMatch(/^# \d{4} .+\n\nStatus: \w+/)
  }
})

test('the architecture page shows every room', () => {
  const page = read('ARCHITECTURE.md')
  for (const room of Object.keys(rooms)) {
    expect(page).toMatch(new RegExp(`^ *${room}/`, 'm'))
  }
})

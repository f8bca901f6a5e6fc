import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { accountOf, type Dashboard, openDashboard, settled, signUp } from './dashboard.ts'

const startTimeoutMs = 240_000

let dashboard: Dashboard
let token = ''
let generationId = ''

beforeAll(async () => {
  dashboard = await openDashboard()
  const { server } = dashboard
  const { page, context } = await dashboard.visit()
  await signUp(dashboard, page, { email: 'ada@example.com', name: 'Ada Lovelace' })
  const account = await accountOf(page)
  await server.operate('POST', `/api/accounts/${account}/grants`, { amount: '5', effect_key: 'a' })
  const { key } = (await server.operate('POST', `/api/accounts/${account}/keys`, {
    name: 'production',
    limits: { spend: { day: '2' } },
  })) as { key: string }
  for (const content of ['one', 'two', 'three']) {
    const answer = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content }] }),
    })
    generationId = ((await answer.json()) as { id: string }).id
  }
  token = await page.evaluate(() => {
    const storage = Reflect.get(globalThis, 'localStorage') as { getItem: (key: string) => string }
    return storage.getItem('codelace.session')
  })
  await context.close()
}, startTimeoutMs)

afterAll(() => dashboard.close(), 60_000)

/** What keeps somebody from using the page, as axe sees it. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => {
    const { run } = Reflect.get(globalThis, 'axe') as {
      run: () => Promise<{
        violations: {
          id: string
          impact: string
          nodes: { html: string; failureSummary: string }[]
        }[]
      }>
    }
    return run()
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    )
}

const pages = [
  '/',
  '/requests',
  '/requests/{generation}',
  '/usage',
  '/keys',
  '/keys?create=true',
  '/models',
  '/models/sim/echo',
  '/playground',
  '/sessions',
  '/settings',
]
const looks = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
] as const

describe.each(looks)('$colorScheme, $width pixels', (look) => {
  test('no page has a serious barrier', async () => {
    const { page, context, complaints } = await dashboard.visit(look)
    await context.addInitScript((kept) => {
      const storage = Reflect.get(globalThis, 'localStorage') as {
        setItem: (key: string, value: string) => void
      }
      storage.setItem('codelace.session', kept)
    }, token)
    const found: Record<string, string[]> = {}
    for (const path of pages) {
      await page.goto(`/app${path.replace('{generation}', generationId)}`)
      await settled(page)
      const own = await barriers(page)
      if (own.length > 0) found[path] = own
    }
    expect(found).toEqual({})
    expect(complaints).toEqual([])
    await context.close()
  }, 180_000)

  test('signing in has none either', async () => {
    const { page, context } = await dashboard.visit(look)
    await page.goto('/app/sign-in')
    await page.getByLabel('E-mail address').waitFor()
    expect(await barriers(page)).toEqual([])
    await context.close()
  })
})

test('lists are walked, opened, left and searched with the keyboard alone', async () => {
  const { page, context } = await dashboard.visit()
  await context.addInitScript((kept) => {
    const storage = Reflect.get(globalThis, 'localStorage') as {
      setItem: (key: string, value: string) => void
    }
    storage.setItem('codelace.session', kept)
  }, token)
  await page.goto('/app/requests')
  await page
    .getByRole('row', { name: /sim\/echo/ })
    .first()
    .waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/requests/gen-*')
  await page.keyboard.press('g')
  await page.keyboard.press('k')
  await page.waitForURL('**/app/keys')
  await page
    .getByRole('row', { name: /sim\/echo/ })
    .first()
    .waitFor({ state: 'detached' })
  await page.getByRole('row', { name: /production/ }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('prod')
  await page.getByRole('row', { name: /production/ }).waitFor()
  await context.close()
}, 60_000)

import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  accountOf,
  type Dashboard,
  openDashboard,
  settled,
  signUp,
  tokenOf,
  type Visit,
  type VisitOptions,
} from './dashboard.ts'

const startTimeoutMs = 240_000

let dashboard: Dashboard
let token = ''
let generationId = ''
let projectId = ''
let keyId = ''

beforeAll(async () => {
  dashboard = await openDashboard()
  const { server } = dashboard
  const { page, context } = await dashboard.visit()
  await signUp(dashboard, page, { email: 'ada@example.com', name: 'Ada Lovelace' })
  const account = await accountOf(page)
  await server.operate('POST', `/api/accounts/${account}/grants`, { amount: '5', effect_key: 'a' })
  const { data: project } = (await server.operate('POST', `/api/accounts/${account}/projects`, {
    name: 'search',
    limits: { spend: { month: '20' } },
  })) as { data: { id: string } }
  projectId = project.id
  const { key, data } = (await server.operate('POST', `/api/accounts/${account}/keys`, {
    name: 'production',
    project_id: projectId,
    limits: { spend: { day: '2' } },
  })) as { key: string; data: { id: string } }
  keyId = data.id
  for (const content of ['one', 'two', 'three']) {
    const answer = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content }] }),
    })
    generationId = ((await answer.json()) as { id: string }).id
  }
  token = await tokenOf(page)
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

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const pages = [
  '/',
  '/requests',
  '/requests/{generation}',
  '/requests?status=418',
  '/usage',
  '/usage?by=project',
  '/keys',
  '/keys?create=true',
  '/auth?code_challenge={challenge}',
  '/auth?callback_url=http%3A%2F%2Fapp.example&code_challenge=x',
  '/keys?key={key}',
  '/projects',
  '/projects?create=true',
  '/projects?project={project}',
  '/limits',
  '/members',
  '/provider-keys',
  '/models',
  '/models?compare=sim%2Fecho%2Csim%2Fstream',
  '/models/sim/echo',
  '/playground',
  '/sessions',
  '/settings',
  '/settings/notifications',
  '/nowhere',
]
/** Pages for whoever is not signed in. */
const openPages = [
  ...['/sign-in', '/undo-email-change', '/undo-email-change#token'],
  `/auth?code_challenge=${challenge}`,
  ...['/invitation', '/invitation#token', '/unsubscribe', '/unsubscribe#token'],
]
const looks = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
] as const

describe.each(looks)('$colorScheme, $width pixels', (look) => {
  test('no page has a serious barrier', async () => {
    const { page, context, complaints } = await signedIn(look)
    const found: Record<string, string[]> = {}
    for (const path of pages) {
      const address = path
        .replace('{generation}', generationId)
        .replace('{project}', projectId)
        .replace('{key}', keyId)
        .replace('{challenge}', challenge)
      await page.goto(`/app${address}`)
      await settled(page)
      const own = await barriers(page)
      if (own.length > 0) found[path] = own
    }
    expect(found).toEqual({})
    expect(complaints).toEqual([])
    await context.close()
  }, 180_000)

  test('pages without a session have none either', async () => {
    const { page, context, complaints } = await dashboard.visit(look)
    for (const path of openPages) {
      await page.goto(`/app${path}`)
      await page.locator('main h1').waitFor()
      expect(await barriers(page), path).toEqual([])
    }
    expect(complaints).toEqual([])
    await context.close()
  })

  test('neither has what opens over a page: the palette and the list of keys', async () => {
    const { page, context, complaints } = await signedIn(look)
    await page.goto('/app/')
    await settled(page)
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: 'production' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard', exact: true }).waitFor()
    expect(await barriers(page)).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  })
})

/** A browser in which Ada is signed in. */
function signedIn(look: VisitOptions = {}): Promise<Visit> {
  return dashboard.visit({ ...look, token })
}

test('lists are walked, opened, left and searched with the keyboard alone', async () => {
  const { page, context } = await signedIn()
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

test('the palette leads to a page, a key, a request and an action by typing', async () => {
  const { page, context } = await signedIn()
  await page.goto('/app/')
  await settled(page)
  const choose = async (typed: string, title: string | RegExp) => {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go anywhere, do anything' }).waitFor()
    await page.keyboard.type(typed)
    await page.getByRole('option', { name: title, selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page
      .getByRole('dialog', { name: 'Go anywhere, do anything' })
      .waitFor({ state: 'detached' })
  }
  await choose('usage', 'Usage')
  await page.waitForURL('**/app/usage')
  await choose('production', /production/)
  await page.waitForURL(`**/app/keys?key=${keyId}`)
  await page.getByRole('dialog', { name: 'production' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'production' }).waitFor({ state: 'detached' })
  await choose(generationId, /Open the request/)
  await page.waitForURL(`**/requests/${generationId}`)
  await choose('create a project', 'Create a project')
  await page.getByRole('dialog', { name: 'New project' }).waitFor()
  await context.close()
}, 60_000)

test('"?" lists the keys of the page that is open, and no key works behind a dialog', async () => {
  const { page, context } = await signedIn()
  await page.goto('/app/keys')
  await page.getByRole('row', { name: /production/ }).waitFor()
  await page.keyboard.press('?')
  const list = page.getByRole('dialog', { name: 'Keyboard', exact: true })
  for (const does of ['Create a key', 'Next row', 'Search the list', 'Requests', 'Show the keys']) {
    await list.getByText(does, { exact: true }).waitFor()
  }
  await page.keyboard.press('c')
  await page.keyboard.press('Escape')
  await list.waitFor({ state: 'detached' })
  expect(new URL(page.url()).search).toBe('')
  await page.keyboard.press('c')
  await page.getByRole('dialog', { name: 'New key' }).waitFor()
  await context.close()
}, 60_000)

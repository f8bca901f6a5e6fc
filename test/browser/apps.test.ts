import { hash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  accountOf,
  type Dashboard,
  openDashboard,
  proveByCode,
  signUp,
  tokenOf,
  type Visit,
} from './dashboard.ts'

const startTimeoutMs = 240_000
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = hash('sha256', verifier, 'base64url')
const email = 'ada@example.com'

let dashboard: Dashboard
let visit: Visit
let account = ''
let app: Server
let callback = ''
/** What the app was sent, in order. */
const arrivals: URL[] = []

beforeAll(async () => {
  dashboard = await openDashboard()
  visit = await dashboard.visit()
  await signUp(dashboard, visit.page, { email, name: 'Ada Lovelace' })
  account = await accountOf(visit.page)
  const { server } = dashboard
  await server.operate('POST', `/api/accounts/${account}/grants`, { amount: '5', effect_key: 'a' })
  await server.operate('POST', `/api/accounts/${account}/projects`, { name: 'search' })
  app = createServer((request, response) => {
    const address = new URL(request.url ?? '/', callback)
    if (address.pathname === '/back') arrivals.push(address)
    response
      .setHeader('content-type', 'text/html')
      .end('<title>app</title><h1>Back in the app</h1>')
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  callback = `http://127.0.0.1:${(app.address() as AddressInfo).port}/back?state=7`
}, startTimeoutMs)

afterAll(async () => {
  await dashboard.close()
  app.closeAllConnections()
  app.close()
}, 60_000)

/** Opens the page that an app sends a person to. */
async function ask(page: Page, parameters: Readonly<Record<string, string>>): Promise<void> {
  const search = new URLSearchParams({ code_challenge: challenge, ...parameters })
  await page.goto(`/app/auth?${search.toString()}`)
  await page.locator('main h1').waitFor()
}

async function exchange(code: string, codeVerifier: string = verifier) {
  const response = await fetch(`${dashboard.server.url}/v1/auth/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, code_verifier: codeVerifier, code_challenge_method: 'S256' }),
  })
  const body = (await response.json()) as { key?: string; error?: { code: string } }
  return { status: response.status, ...body }
}

async function askModel(key: string | undefined): Promise<number> {
  const response = await fetch(`${dashboard.server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  await response.arrayBuffer()
  return response.status
}

describe('an app that asks for a key', () => {
  test('gets one that works, in the project and within the limit that the person chose', async () => {
    const { page } = visit
    await ask(page, {
      callback_url: callback,
      key_label: 'Notes',
      limit: '20',
      limit_reset: 'daily',
    })
    await page.getByText('It calls itself "Notes".').waitFor()
    await page.getByText('A program on this computer asks.').waitFor()
    await page.getByLabel('Project').selectOption('search')
    const amount = page.getByLabel('It may spend at most, in US dollars')
    expect(await amount.inputValue()).toBe('20')
    await amount.fill('2.50')
    // To the button and through it with the keyboard alone.
    await page.getByRole('button', { name: 'Allow' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Back in the app' }).waitFor()
    const code = arrivals.at(-1)?.searchParams.get('code') ?? ''
    expect(arrivals.at(-1)?.searchParams.get('state')).toBe('7')
    const { status, key } = await exchange(code)
    expect([status, await askModel(key)]).toEqual([200, 200])
    expect((await exchange(code)).error?.code).toBe('auth_code_refused')
    await page.goto('/app/keys')
    const row = page.getByRole('row', { name: /Notes/ })
    await row.getByText('$2.50 a day').waitFor()
    await page.getByText('Project search').waitFor()
    await row.click()
    await page.getByText(`for the app ${new URL(callback).host}`).waitFor()
  }, 60_000)

  test('gets nothing with a wrong verifier', async () => {
    const { page } = visit
    await ask(page, { callback_url: callback })
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'Back in the app' }).waitFor()
    const code = arrivals.at(-1)?.searchParams.get('code') ?? ''
    expect((await exchange(code, 'x'.repeat(43))).error?.code).toBe('auth_code_refused')
  }, 60_000)

  test('is told when it is refused, and gets no code', async () => {
    const { page } = visit
    await ask(page, { callback_url: callback })
    await page.getByRole('button', { name: 'Refuse' }).click()
    await page.getByRole('heading', { name: 'Back in the app' }).waitFor()
    const { searchParams } = arrivals.at(-1) ?? new URL(callback)
    expect([...searchParams]).toEqual([
      ['state', '7'],
      ['error', 'access_denied'],
    ])
  })

  test('may get a key without a limit only after a fresh proof; without an address, the code is shown', async () => {
    const { page } = visit
    await ask(page, {})
    await page.getByLabel('It may spend at most, in US dollars').fill('')
    await page.getByRole('button', { name: 'Allow' }).click()
    await proveByCode(dashboard, page, email)
    const code = await page.getByTestId('code').textContent()
    const { status, key } = await exchange(code ?? '')
    expect([status, await askModel(key)]).toEqual([200, 200])
  }, 90_000)

  test('is not gone to when it asks in a wrong way: everything wrong is said instead', async () => {
    const { page } = visit
    const before = arrivals.length
    await ask(page, { callback_url: 'javascript:alert(1)', code_challenge: 'short', limit: 'much' })
    for (const param of ['callback_url', 'code_challenge', 'limit']) {
      await page.getByRole('listitem').filter({ hasText: param }).waitFor()
    }
    expect(await page.getByRole('button', { name: /Allow|Refuse/ }).count()).toBe(0)
    expect(arrivals.length).toBe(before)
  })

  test('waits for a person who has to sign in, and is then asked for on the same page', async () => {
    const guest = await dashboard.visit({ width: 390, height: 844 })
    await ask(guest.page, { callback_url: callback, key_label: 'Notes' })
    await guest.page.getByLabel('E-mail address').waitFor()
    const token = await tokenOf(visit.page)
    await guest.page.evaluate((kept) => {
      const storage = Reflect.get(globalThis, 'localStorage') as {
        setItem: (key: string, value: string) => void
      }
      storage.setItem('codelace.session', kept)
    }, token)
    await guest.page.reload()
    await guest.page.getByRole('button', { name: 'Allow' }).waitFor()
    const isWider = await guest.page.evaluate(() => {
      const { documentElement: root } = Reflect.get(globalThis, 'document') as {
        documentElement: { scrollWidth: number; clientWidth: number }
      }
      return root.scrollWidth > root.clientWidth
    })
    expect(isWider).toBe(false)
    expect(guest.complaints).toEqual([])
    await guest.context.close()
  })

  test('no script failed on the way, and the policy refused nothing', () => {
    expect(visit.complaints).toEqual([])
  })
})

test('a management key takes a fresh proof, is told apart, and so is what it makes', async () => {
  const { page } = visit
  await page.goto('/app/keys?create=true')
  const dialog = page.getByRole('dialog', { name: 'New key' })
  await dialog.getByLabel('Name').fill('provisioner')
  await dialog.getByText('Make keys', { exact: true }).click()
  await dialog.getByRole('button', { name: 'Create the key' }).click()
  const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
  const secret = page.getByTestId('secret')
  await proof.or(secret).first().waitFor()
  if (await proof.isVisible()) await proveByCode(dashboard, page, email)
  const key = (await secret.textContent()) ?? ''
  await page.getByRole('tab', { name: 'Make a key' }).waitFor()
  expect(await askModel(key)).toBe(403)
  const made = await fetch(`${dashboard.server.url}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'customer 42', limit: 20 }),
  })
  expect(made.status).toBe(201)
  await page.getByRole('button', { name: 'I have kept it' }).click()
  await page.getByRole('row', { name: /provisioner.*manages keys/ }).waitFor()
  await page.reload()
  await page.getByRole('row', { name: /customer 42/ }).click()
  await page.getByRole('link', { name: 'made by the key provisioner' }).click()
  await page.getByRole('dialog', { name: 'provisioner' }).waitFor()
}, 90_000)

import { afterAll, beforeAll, expect, test } from 'vitest'

import { until } from '#test/server/until.ts'

import {
  accountOf,
  type Dashboard,
  openDashboard,
  settled,
  signUp,
  type Visit,
} from './dashboard.ts'
import { hostileTexts } from './hostile-texts.ts'

const startTimeoutMs = 240_000
const nameLengthMax = 100
const perRequest = 25

let dashboard: Dashboard
let visit: Visit
const generationIds: string[] = []

beforeAll(async () => {
  dashboard = await openDashboard()
  visit = await dashboard.visit()
  const { server } = dashboard
  await signUp(dashboard, visit.page, {
    email: 'eve@example.com',
    name: '<img src=x onerror=alert(1)>',
  })
  const account = await accountOf(visit.page)
  await server.operate('POST', `/api/accounts/${account}/grants`, { amount: '5', effect_key: 'x' })
  const { key } = (await server.operate('POST', `/api/accounts/${account}/keys`, {
    name: '"><script>alert(1)</script>',
  })) as { key: string }
  const names = hostileTexts.filter((text) => text.length <= nameLengthMax && !/\p{Cc}/u.test(text))
  for (const name of names.slice(0, 40)) {
    await server.operate('POST', `/api/accounts/${account}/keys`, { name })
  }
  const ask = async (model: string, content: string) => {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'user-agent': '<img src=x onerror=alert(1)>',
      },
      body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
    })
    const answer = (await response.json()) as { id?: string }
    if (answer.id !== undefined) generationIds.push(answer.id)
  }
  for (let at = 0; at < hostileTexts.length; at += perRequest) {
    await ask('sim/echo', hostileTexts.slice(at, at + perRequest).join('\n'))
  }
  await ask('<script>alert(1)</script>/x', 'hello')
}, startTimeoutMs)

afterAll(() => dashboard.close(), 60_000)

test('there are at least 200 of them', () => {
  expect(new Set(hostileTexts).size).toBeGreaterThanOrEqual(200)
})

test.each([
  '/',
  '/keys',
  '/requests',
  '/usage',
  '/usage?by=key',
  '/members',
  '/provider-keys',
  '/projects',
  '/limits',
  '/sessions',
  '/settings',
  '/playground',
])('nothing of them runs on %s', async (path) => {
  const { page, complaints } = visit
  await page.goto(`/app${path}`)
  await settled(page)
  expect(complaints).toEqual([])
})

test('prompts and answers are shown as the text they are, on every request', async () => {
  const { page, complaints } = visit
  expect(generationIds.length).toBeGreaterThanOrEqual(hostileTexts.length / perRequest)
  for (const id of generationIds) {
    await page.goto(`/app/requests/${id}`)
    await page.getByRole('heading', { name: 'Messages and answer' }).waitFor()
    await page.getByText('answer', { exact: true }).waitFor()
    for (const element of ['script', 'img', 'iframe', 'object', 'video', 'form[action]']) {
      expect(await page.locator(`main ${element}`).count(), element).toBe(0)
    }
  }
  expect(complaints).toEqual([])
}, 120_000)

test('a link that would run a script leads nowhere', async () => {
  const { page } = visit
  for (const to of ['javascript:alert(1)', '//evil.example/', 'https://evil.example/']) {
    await page.goto(`/app/sign-in?to=${encodeURIComponent(to)}`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  }
  expect(visit.complaints).toEqual([])
})

test('a script that was injected all the same does not run', async () => {
  const { page, complaints } = visit
  await page.goto('/app/models')
  await page.locator('main h1').waitFor()
  const injected = await page.evaluate(() => {
    const page = Reflect.get(globalThis, 'document') as {
      createElement: (name: string) => { setAttribute: (name: string, value: string) => void }
      body: { append: (element: unknown) => void; insertAdjacentHTML: (...text: string[]) => void }
    }
    const attempts = [
      () => {
        const script = page.createElement('script')
        script.setAttribute('src', 'https://evil.example/x.js')
        page.body.append(script)
      },
      () => page.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>'),
    ]
    return attempts.map((attempt) => {
      try {
        attempt()
        return 'done'
      } catch (error) {
        return error instanceof TypeError ? 'refused' : 'other'
      }
    })
  })
  expect(injected).toEqual(['refused', 'refused'])
  expect(complaints.filter((text) => text.startsWith('dialog'))).toEqual([])
})

test('what the policy refused is told to the server at once', async () => {
  await until(() => dashboard.server.output().includes('page_refused') || undefined, {
    timeoutMs: 15_000,
    what: 'the refusal of the script in the log of the server',
  })
  expect(dashboard.server.output()).toMatch(/page_refused.*require-trusted-types-for/)
})

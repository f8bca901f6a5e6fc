import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  accountOf,
  type Dashboard,
  openDashboard,
  proveByCode,
  settled,
  signUp,
  type Visit,
} from './dashboard.ts'

const email = 'keys@example.com'
const secret = 'sk-customer-0123456789abcdef'

let dashboard: Dashboard
let visit: Visit

beforeAll(async () => {
  dashboard = await openDashboard()
  visit = await dashboard.visit()
  await signUp(dashboard, visit.page, { email, name: 'Ada', path: '/provider-keys' })
}, 180_000)

afterAll(async () => {
  await dashboard.close()
})

test('an admin brings a key, sees it tested, switches it off and on, and removes it by its name', async () => {
  const { page, complaints } = visit
  await settled(page)
  await page.getByRole('heading', { name: 'Every request goes by the shared keys' }).waitFor()
  await page.getByRole('button', { name: 'Add a provider key' }).first().click()
  await page.getByLabel('Provider', { exact: true }).selectOption('simulated')
  await page.getByRole('textbox', { name: 'Name' }).fill('Team key')
  await page.getByRole('textbox', { name: 'API key' }).fill(secret)
  await page.getByRole('button', { name: 'Keep it and test it' }).click()
  await proveByCode(dashboard, page, email)
  await page.getByText(/answered for sim\//).waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('row', { name: /Team key.*…cdef.*works/ }).click()
  await page.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('row', { name: /Team key.*off/ }).click()
  await page.getByRole('button', { name: 'Switch on' }).click()
  await page.getByRole('row', { name: /Team key.*works/ }).click()
  await page.getByText('Only', { exact: true }).last().click()
  await page.getByText('Models that it serves never go by a shared key').waitFor()
  expect(await page.content()).not.toContain(secret)

  const account = await accountOf(page)
  const path = `/api/accounts/${account}/credentials`
  const { data } = (await dashboard.server.operate('GET', path)) as { data: object[] }
  expect(data).toMatchObject([{ label: 'Team key', use: 'only', enabled: true }])
  await page.getByRole('button', { name: 'Remove…' }).click()
  await page.getByLabel(/to remove it/).fill('Team key')
  await page.getByRole('button', { name: 'Remove the key' }).click()
  await page.getByRole('heading', { name: 'Every request goes by the shared keys' }).waitFor()
  expect(complaints).toEqual([])
}, 180_000)

test('what is wrong is told at its field, and nothing that was typed is lost but the secret', async () => {
  const { page } = visit
  await page.getByRole('button', { name: 'Add a provider key' }).first().click()
  await page.getByLabel('Provider', { exact: true }).selectOption('custom')
  await page.getByRole('textbox', { name: 'API key' }).fill(secret)
  await page.getByRole('textbox', { name: 'Address' }).fill('https://169.254.169.254/v1')
  await page.getByRole('textbox', { name: 'Models' }).fill('sim/echo = mine')
  await page.getByRole('button', { name: 'Keep it and test it' }).click()
  await page.getByText(/this address is not taken/).waitFor()
  await page.reload()
  expect(await page.getByRole('textbox', { name: 'Address' }).inputValue()).toBe(
    'https://169.254.169.254/v1',
  )
  expect(await page.getByRole('textbox', { name: 'Models' }).inputValue()).toBe('sim/echo = mine')
  expect(await page.getByRole('textbox', { name: 'API key' }).inputValue()).toBe('')
  const kept = await page.evaluate(() => JSON.stringify(Reflect.get(globalThis, 'sessionStorage')))
  expect(kept).not.toContain(secret)
}, 120_000)

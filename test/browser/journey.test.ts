import { readFile } from 'node:fs/promises'

import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { assert } from '#domain/faults.ts'
import { parseUsd } from '#domain/money.ts'
import { until } from '#test/server/until.ts'
import { exactUsd } from '#web/elements/amounts.ts'

import {
  accountOf,
  type Dashboard,
  fillSignUp,
  openDashboard,
  signIn,
  signUp,
  type Visit,
} from './dashboard.ts'

const startTimeoutMs = 240_000
const email = 'ada@example.com'

let dashboard: Dashboard
let visit: Visit
let secret = ''
let generationId = ''

beforeAll(async () => {
  dashboard = await openDashboard()
  visit = await dashboard.visit()
  const devtools = await visit.context.newCDPSession(visit.page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}, startTimeoutMs)

afterAll(() => dashboard.close(), 60_000)

describe('a person, from the first mail to the last click', () => {
  test(
    'signs up with the code from a real mail, adds a passkey, and lands where they were going',
    async () => {
      const { page } = visit
      await signUp(dashboard, page, {
        email,
        name: 'Ada Lovelace',
        path: '/keys',
        passkey: 'Add a passkey',
      })
      await page.waitForURL('**/app/keys')
      await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor()
      const account = await accountOf(page)
      await dashboard.server.operate('POST', `/api/accounts/${account}/grants`, {
        amount: '5',
        effect_key: 'journey',
      })
    },
    startTimeoutMs,
  )

  test('makes a key in one step, and sees its secret once, with code to paste', async () => {
    const { page } = visit
    await page.getByRole('button', { name: 'Create a key' }).first().click()
    await page.getByLabel('Name').fill('journey')
    await page.getByRole('button', { name: 'Create the key' }).click()
    // A key without a limit takes a fresh proof.
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await dialog.getByRole('button', { name: 'Use a passkey' }).click()
    secret = (await page.getByTestId('secret').textContent()) ?? ''
    expect(secret).toMatch(/^cl_k[0-9A-Za-z]{36}$/)
    for (const tab of ['curl', 'Python', 'TypeScript', 'opencode']) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByRole('tabpanel').getByText(secret).first().waitFor()
    }
    await page.getByRole('button', { name: 'I have kept it' }).click()
    await page.getByRole('row', { name: /journey/ }).waitFor()
    expect(await page.content()).not.toContain(secret)
  })

  test('calls a model with the official client, and sees the request arrive in the open list', async () => {
    const { page } = visit
    await page.getByRole('link', { name: 'Requests' }).click()
    await page.getByText('Your first request').waitFor()
    const client = new OpenAI({ apiKey: secret, baseURL: `${dashboard.server.url}/v1` })
    const answer = await client.chat.completions.create({
      model: 'sim/echo',
      messages: [{ role: 'user', content: 'A thread through <b>three</b> knots' }],
    })
    generationId = answer.id
    await page.getByRole('row', { name: /sim\/echo/ }).waitFor({ timeout: 10_000 })
    await page.getByRole('button', { name: 'Live' }).waitFor()
  })

  test('hears afterwards of what was asked while the connection was gone', async () => {
    const { page, context } = visit
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Reconnecting' }).waitFor()
    const client = new OpenAI({ apiKey: secret, baseURL: `${dashboard.server.url}/v1` })
    await client.chat.completions.create({
      model: 'sim/echo',
      messages: [{ role: 'user', content: 'Meanwhile' }],
    })
    await context.setOffline(false)
    await page
      .getByRole('row', { name: /sim\/echo/ })
      .nth(1)
      .waitFor()
    await page.getByRole('button', { name: 'Live' }).waitFor()
  }, 60_000)

  test('takes the list along as a file that the server writes', async () => {
    const { page } = visit
    const coming = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    const file = await coming
    expect(file.suggestedFilename()).toMatch(/^requests-acct_\w+\.csv$/)
    const text = await readFile(await file.path(), 'utf8')
    expect(text.split('\r\n').filter((line) => line.startsWith(generationId)).length).toBe(1)
  })

  test('opens it: the way it took, every line of its cost, and what was said, as text', async () => {
    const { page } = visit
    await page.getByRole('link', { name: 'sim/echo' }).last().click()
    await page.waitForURL(`**/requests/${generationId}`)
    await page.getByText('Charged, rounded up to a nano-dollar').waitFor()
    await page.getByText('A thread through <b>three</b> knots').first().waitFor()
    expect(await page.locator('main b').count()).toBe(0)
    await page.getByRole('tab', { name: 'Python' }).click()
    await page.getByText('client.chat.completions.create').waitFor()
  })

  test('finds it in the chart of what was used, to the nano-dollar', async () => {
    const { page } = visit
    await page.getByRole('link', { name: 'Usage' }).click()
    await page.getByRole('img', { name: /cost over time/ }).waitFor()
    expect(await page.locator('main canvas').count()).toBe(1)
    const row = page.getByRole('row', { name: /sim\/echo/ })
    await row.waitFor()
    const account = await accountOf(page)
    const { data } = (await dashboard.server.operate(
      'GET',
      `/api/accounts/${account}/credits`,
    )) as { data: { spent: string } }
    const amount = row.getByRole('button', { name: /^\$/ })
    await amount.focus()
    await page.keyboard.press('Enter')
    const spent = parseUsd(data.spent)
    assert(spent !== undefined, 'the server writes amounts that can be read')
    await page.getByText(exactUsd(spent)).first().waitFor()
    await page.keyboard.press('Escape')
  })

  test('changes their name on the account page, which everyone in the account sees', async () => {
    const { page } = visit
    await page.goto('/app/settings')
    await page.getByRole('textbox', { name: 'Name' }).fill('Ada King')
    await page.getByRole('button', { name: 'Save the name' }).click()
    await page.getByText('Your name is saved').waitFor()
    await page.getByRole('link', { name: 'Members' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Ada King' }).getByText('you').waitFor()
  })

  test('invites another person by mail, who joins, gets another role, and is taken out again', async () => {
    const { page } = visit
    await page.getByLabel('E-mail address').fill('bob@example.com')
    await page.getByRole('button', { name: 'Invite' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await proof.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('A mail is on its way to bob@example.com').waitFor()
    const link = await until(
      () => {
        const mail = dashboard.mailbox.received.find(({ to }) => to === 'bob@example.com')
        return /https?:\/\/\S+\/app\/invitation#\w+/.exec(mail?.text ?? '')?.[0]
      },
      { timeoutMs: 10_000, what: 'the mail with the link' },
    )
    const guest = await dashboard.visit()
    await guest.page.goto(link)
    await fillSignUp(dashboard, guest.page, { email: 'bob@example.com', name: 'Bob Babbage' })
    await guest.page.getByRole('button', { name: 'Join the account' }).click()
    await guest.page.getByText(/You are in /).waitFor()
    await guest.page.getByRole('navigation', { name: 'Pages' }).waitFor()
    expect(new URL(guest.page.url()).searchParams.get('account')).toBe(await accountOf(page))
    await page.reload()
    await page.getByLabel('Role of Bob Babbage').selectOption('viewer')
    await page.getByText('Bob Babbage is viewer from now on').waitFor()
    await guest.page.getByRole('link', { name: 'Keys', exact: true }).click()
    const keys = guest.page.getByRole('table', { name: 'Keys' })
    await keys.getByRole('row', { name: /journey/ }).waitFor()
    await guest.page.reload()
    await keys.getByRole('row', { name: /journey/ }).waitFor()
    expect(await guest.page.getByRole('button', { name: 'Create a key' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Remove Bob Babbage' }).click()
    await page.getByLabel(/to go on/).fill('bob@example.com')
    await page.getByRole('button', { name: 'Remove the member' }).click()
    await page.getByText('Bob Babbage may not look any more').waitFor()
    expect(guest.complaints).toEqual([])
    await guest.context.close()
  }, 90_000)

  test('chooses what to be told of', async () => {
    const { page } = visit
    await page.getByRole('link', { name: 'Notifications' }).click()
    await page.getByLabel('Threshold in US dollars').fill('12.50')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved: it counts within a minute').waitFor()
    await page.reload()
    await page.getByLabel('Threshold in US dollars').waitFor()
    expect(await page.getByLabel('Threshold in US dollars').inputValue()).toBe('12.5')
  })

  test('keeps nothing in local storage but the session', async () => {
    const keys = await visit.page.evaluate(() =>
      Object.keys(Reflect.get(globalThis, 'localStorage') as object),
    )
    expect(keys).toEqual(['codelace.session'])
  })

  test('revokes the key by typing its name, and it is refused within five seconds', async () => {
    const { page } = visit
    await page.goto('/app/keys')
    await page.getByRole('row', { name: /journey/ }).click()
    await page.getByRole('button', { name: 'Revoke…' }).click()
    await page.getByLabel(/Type journey to revoke it/).fill('journey')
    await page.getByRole('button', { name: 'Revoke the key' }).click()
    await page.getByText('is revoked').waitFor()
    await until(
      async () => {
        const { status } = await fetch(`${dashboard.server.url}/v1/key`, {
          headers: { authorization: `Bearer ${secret}` },
        })
        return status === 401 || undefined
      },
      { timeoutMs: 5_000, what: 'the key is refused' },
    )
  }, 60_000)

  test('signs a second device out, which then asks to sign in again', async () => {
    const second = await dashboard.visit()
    await signIn(dashboard, second.page, { email, path: '/sessions' })
    await second.page.getByText('this device', { exact: true }).waitFor()
    const { page } = visit
    await page.goto('/app/sessions')
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await dialog.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('Signed out on 1 other device').waitFor()
    await second.page.reload()
    await second.page.getByText('Your session has ended').waitFor()
    const kept = await second.page.evaluate(() =>
      Object.keys(Reflect.get(globalThis, 'localStorage') as object),
    )
    expect(kept).toEqual([])
    expect(second.complaints).toEqual([])
    await second.context.close()
  }, 90_000)

  test('signs out, which leaves nothing behind, and in again with the passkey, without a mail', async () => {
    const { page } = visit
    const mailCount = dashboard.mailbox.received.length
    await page.goto('/app/settings')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
    const kept = await page.evaluate(() => [
      ...Object.keys(Reflect.get(globalThis, 'localStorage') as object),
      ...Object.keys(Reflect.get(globalThis, 'sessionStorage') as object),
    ])
    // The router keeps how far pages were scrolled.
    expect(kept.filter((key) => !key.startsWith('tsr-scroll-restoration'))).toEqual([])
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    expect(dashboard.mailbox.received.length).toBe(mailCount)
  }, 60_000)

  test('no script failed on the way, and the policy refused nothing', () => {
    expect(visit.complaints).toEqual([])
    expect(dashboard.server.output()).not.toContain('page_refused')
  })
})

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import type { Browser, BrowserContext, Page } from 'playwright-core'

import { assert } from '#domain/faults.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

import { startBrowser } from './chromium.ts'
import { type Mailbox, openMailbox } from './mailbox.ts'

const projectFolder = join(import.meta.dirname, '..', '..')

/** The whole product with its pages, a mail server and a browser. */
export interface Dashboard {
  readonly server: RunningServer
  readonly mailbox: Mailbox
  readonly browser: Browser
  /** A browser of its own, with nobody signed in. */
  readonly visit: (options?: VisitOptions) => Promise<Visit>
  readonly close: () => Promise<void>
}

/** How a visit looks at the pages. */
export interface VisitOptions {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
  /** The token of a session that this browser has. */
  readonly token?: string
}

/** One person's browser. */
export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What the page complained about: errors of scripts, and everything the policy refused. */
  readonly complaints: readonly string[]
}

/** Builds the pages when they are stale, and starts everything. */
export async function openDashboard(
  environment: Readonly<Record<string, string>> = {},
): Promise<Dashboard> {
  const build = spawnSync(process.execPath, ['scripts/build.mjs', '--when-stale'], {
    cwd: projectFolder,
    encoding: 'utf8',
  })
  assert(build.status === 0, `the pages are built: ${build.stderr}`)
  const mailbox = await openMailbox()
  const server = await startServer({
    environment: { SMTP_URL: mailbox.url, MAIL_FROM: 'codelace@example.com', ...environment },
  })
  const browser = await startBrowser()
  return {
    server,
    mailbox,
    browser,
    // A passkey belongs to a name, not to a number.
    visit: (options) => visit(browser, server.url.replace('127.0.0.1', 'localhost'), options),
    async close() {
      await browser.close()
      await server.stop()
      await mailbox.close()
    },
  }
}

interface Refusal {
  readonly effectiveDirective: string
  readonly blockedURI: string
}

async function visit(
  browser: Browser,
  url: string,
  { colorScheme = 'light', width = 1440, height = 900, token }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme,
    viewport: { width, height },
    timezoneId: 'UTC',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(30_000)
  if (token !== undefined) await keepToken(context, token)
  const complaints: string[] = []
  await context.exposeBinding('complain', (_, text: string) => complaints.push(text))
  await context.addInitScript(() => {
    const page = globalThis as unknown as {
      complain: (text: string) => void
      addEventListener: (type: string, hear: (event: Refusal) => void) => void
    }
    page.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      page.complain(`refused: ${effectiveDirective} ${blockedURI}`),
    )
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack ?? error.message}`))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    // An answer that is no success is an answer: the browser's own line about it is no complaint.
    const isAboutStatus = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isAboutStatus) complaints.push(`console: ${message.text()}`)
  })
  return { context, page, complaints }
}

/** Signs a new person up, by the code in their mail; ends on the page that `path` names. */
export async function signUp(
  { mailbox }: Pick<Dashboard, 'mailbox'>,
  page: Page,
  person: {
    email: string
    name: string
    path?: string
    passkey?: 'Add a passkey' | 'Not now'
  },
): Promise<void> {
  const { path = '/', passkey = 'Not now' } = person
  await page.goto(`/app${path}`)
  await fillSignUp({ mailbox }, page, person)
  await page.getByRole('button', { name: passkey }).click()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}

/** Fills the forms of a first sign-in, wherever they stand, and sends them. */
export async function fillSignUp(
  { mailbox }: Pick<Dashboard, 'mailbox'>,
  page: Page,
  { email, name }: { email: string; name: string },
): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByRole('button', { name: 'Send me a code' }).click()
  await page.getByLabel('Code').fill(await mailbox.codeFor(email))
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Country you live in').selectOption('GB')
  await page.getByLabel('I am 18 or older').check()
  await page.getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Create my account' }).click()
}

/** Signs in a person who is known; ends on the page that `path` names. Codes are some time apart. */
export async function signIn(
  { mailbox }: Pick<Dashboard, 'mailbox'>,
  page: Page,
  { email, path = '/' }: { email: string; path?: string },
): Promise<void> {
  await page.goto(`/app${path}`)
  await page.getByLabel('E-mail address').fill(email)
  const field = page.getByLabel('Code')
  await until(
    async () => {
      await page.getByRole('button', { name: 'Send me a code' }).click()
      return field.waitFor({ timeout: 3_000 }).then(
        () => true,
        () => undefined,
      )
    },
    { timeoutMs: 60_000, what: 'a code may be sent' },
  )
  await field.fill(await mailbox.codeFor(email))
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}

/** Gives a fresh proof by a code from a mail, where one is asked for. Codes are some time apart. */
export async function proveByCode(
  { mailbox }: Pick<Dashboard, 'mailbox'>,
  page: Page,
  email: string,
): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' })
  const field = dialog.getByLabel('Code', { exact: true })
  await until(
    async () => {
      await dialog.getByRole('button', { name: 'Send me a code' }).click()
      return field.waitFor({ timeout: 3_000 }).then(
        () => true,
        () => undefined,
      )
    },
    { timeoutMs: 60_000, what: 'a code may be sent' },
  )
  await field.fill(await mailbox.codeFor(email))
  await dialog.waitFor({ state: 'detached' })
}

/** Waits until a page shows what it is about: its title, and no shape of something that is still coming. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  await page.locator('main .breathing.bg-line').first().waitFor({ state: 'detached' })
}

/** Signs a browser in with a token that another one got. */
export async function keepToken(context: BrowserContext, token: string): Promise<void> {
  await context.addInitScript((kept) => {
    const storage = Reflect.get(globalThis, 'localStorage') as {
      setItem: (key: string, value: string) => void
    }
    storage.setItem('codelace.session', kept)
  }, token)
}

/** The token of the session of this browser. */
export async function tokenOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const storage = Reflect.get(globalThis, 'localStorage') as { getItem: (key: string) => string }
    return storage.getItem('codelace.session')
  })
}

/** The account of the person who is signed in. */
export async function accountOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const storage = Reflect.get(globalThis, 'localStorage') as { getItem: (key: string) => string }
    const token = storage.getItem('codelace.session')
    const answer = await fetch('/api/me', { headers: { authorization: `Bearer ${token}` } })
    const { data } = (await answer.json()) as { data: { accounts: { id: string }[] } }
    return data.accounts[0]?.id ?? ''
  })
}

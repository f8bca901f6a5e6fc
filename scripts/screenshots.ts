import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import type { Browser, Page } from 'playwright-core'

import { startBrowser } from '#test/browser/chromium.ts'
import { accountOf, signUp } from '#test/browser/dashboard.ts'
import { openMailbox } from '#test/browser/mailbox.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'

/**
 * `npm run screenshots`: every page of the dashboard at two widths, light and dark, into
 * docs/screenshots, from a server that was busy for a month. `--only keys` takes the pages whose name
 * holds the word, `--rows` says how busy it was.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rows: { type: 'string', default: '4000' },
  },
})

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs', 'screenshots')
/** Providers with a key are in the catalogue; nobody is called. */
const environment = { OPENAI_API_KEY: 'none', ANTHROPIC_API_KEY: 'none' }

const pages: readonly {
  readonly name: string
  readonly path: string
  readonly signedOut?: true
}[] = [
  { name: 'sign-in', path: '/sign-in', signedOut: true },
  { name: 'overview', path: '/' },
  { name: 'requests', path: '/requests' },
  { name: 'request', path: '/requests/{generation}' },
  { name: 'usage', path: '/usage' },
  { name: 'keys', path: '/keys' },
  { name: 'new-key', path: '/keys?create=true' },
  { name: 'models', path: '/models' },
  { name: 'model', path: '/models/openai/gpt-6-sol' },
  { name: 'playground', path: '/playground' },
  { name: 'sessions', path: '/sessions' },
  { name: 'settings', path: '/settings' },
]

const looks = [1440, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
)

/** Who is signed in on the pictures, and which request they show. */
interface Scene {
  readonly token: string
  readonly generation: string
}

async function main(): Promise<void> {
  spawnSync(process.execPath, ['scripts/build.mjs', '--when-stale'], {
    cwd: root,
    stdio: 'inherit',
  })
  mkdirSync(folder, { recursive: true })
  const scratch = mkdtempSync(join(tmpdir(), 'codelace-screenshots-'))
  const dataFolder = join(scratch, 'data')
  const browser = await startBrowser()
  try {
    const scene = await prepare(browser, dataFolder)
    const server = await startServer({ dataFolder, environment })
    for (const look of looks) await takeAll(browser, server, { ...look, scene })
    await server.stop()
  } finally {
    await browser.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** A person signs up, their account is filled while the server is down, and asks a few things itself. */
async function prepare(browser: Browser, dataFolder: string): Promise<Scene> {
  const mailbox = await openMailbox()
  const mail = { SMTP_URL: mailbox.url, MAIL_FROM: 'codelace@example.com' }
  const first = await startServer({ dataFolder, environment: { ...environment, ...mail } })
  const context = await browser.newContext({ baseURL: first.url })
  const page = await context.newPage()
  await signUp({ mailbox }, page, { email: 'ada@example.com', name: 'Ada Lovelace' })
  const account = await accountOf(page)
  const token = await tokenOf(page)
  await first.stop()
  await mailbox.close()
  spawnSync(
    process.execPath,
    ['scripts/seed.ts', 'requests', '--rows', values.rows, '--account', account],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...environment, CODELACE_DATA: dataFolder },
    },
  )
  const second = await startServer({ dataFolder, environment })
  const generation = await ask(second, account)
  await second.stop()
  await context.close()
  return { token, generation }
}

async function ask(server: RunningServer, account: string): Promise<string> {
  const { key } = (await server.operate('POST', `/api/accounts/${account}/keys`, {
    name: 'my laptop',
    limits: { spend: { day: '10', month: '100' }, requests_per_minute: 600 },
  })) as { key: string }
  let generation = ''
  for (const content of ['Write a haiku about ledgers.', 'Explain two-phase settlement.']) {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'sim/stream',
        stream: true,
        messages: [
          { role: 'system', content: 'You are brief.' },
          { role: 'user', content },
        ],
        sim: { firstByteDelayMs: 180, chunks: 40, chunkDelayMs: 15 },
      }),
    })
    generation = response.headers.get('x-generation-id') ?? ''
    await response.text()
  }
  return generation
}

async function tokenOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const storage = Reflect.get(globalThis, 'localStorage') as { getItem: (key: string) => string }
    return storage.getItem('codelace.session')
  })
}

async function takeAll(
  browser: Browser,
  server: RunningServer,
  { width, colorScheme, scene }: { width: number; colorScheme: 'light' | 'dark'; scene: Scene },
): Promise<void> {
  for (const { name, path, signedOut } of pages.filter((each) => each.name.includes(values.only))) {
    const context = await browser.newContext({
      baseURL: server.url,
      colorScheme,
      viewport: { width, height: width > 1000 ? 900 : 844 },
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
      locale: 'en-GB',
    })
    if (signedOut !== true) {
      await context.addInitScript((token) => {
        const storage = Reflect.get(globalThis, 'localStorage') as {
          setItem: (key: string, value: string) => void
        }
        storage.setItem('codelace.session', token)
      }, scene.token)
    }
    const page = await context.newPage()
    await page.goto(`/app${path.replace('{generation}', scene.generation)}`)
    await page.locator('main h1').waitFor()
    await page.locator('[aria-label=Loading]').first().waitFor({ state: 'detached' })
    await page.waitForLoadState('networkidle').catch(() => undefined)
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) })
    await context.close()
  }
}

await main()

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import type { Browser, Page } from 'playwright-core'

import { startBrowser } from '#test/browser/chromium.ts'
import { accountOf, keepToken, settled, signUp, tokenOf } from '#test/browser/dashboard.ts'
import { openMailbox } from '#test/browser/mailbox.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'

/**
 * `npm run screenshots`: every page of the dashboard at two widths, light and dark, into
 * docs/screenshots, from a server that was busy for a month. `--only keys` takes the pages whose name
 * holds one of the words (separated by commas), `--rows` says how busy it was, `--keep FOLDER` keeps what
 * was made for them there, for the next time.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rows: { type: 'string', default: '4000' },
    keep: { type: 'string' },
    widths: { type: 'string', default: '1440,390' },
  },
})

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs', 'screenshots')
/** Providers with a key are in the catalogue; nobody is called. */
const environment: Readonly<Record<string, string>> = {
  ...{ OPENAI_API_KEY: 'none', ANTHROPIC_API_KEY: 'none' },
  ...Object.fromEntries(
    ['DATABASE_URL', 'CODELACE_MASTER_KEY'].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  ),
}

/** What an app asks for on the page of consent. */
const asked = new URLSearchParams({
  callback_url: 'https://notes.example/connected?state=1',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  key_label: 'Notes',
}).toString()

const pages: readonly {
  readonly name: string
  readonly path: string
  readonly signedOut?: true
  /** A key that is pressed, or a button that is clicked where there is one, once the page is there. */
  readonly press?: string
  readonly click?: string
  /** The same for wide screens, where it is called something else. */
  readonly clickWide?: RegExp
  /** The address opens a dialog, whose code and figures come after the page. */
  readonly opens?: true
  /** A field that stands there only once its own answer has come. */
  readonly awaits?: string
  /** A choice that is made. */
  readonly choose?: string
}[] = [
  { name: 'sign-in', path: '/sign-in', signedOut: true },
  { name: 'overview', path: '/' },
  { name: 'requests', path: '/requests' },
  { name: 'request', path: '/requests/{generation}' },
  { name: 'usage', path: '/usage' },
  { name: 'keys', path: '/keys' },
  { name: 'new-key', path: '/keys?create=true', opens: true, awaits: 'Project' },
  {
    name: 'new-management-key',
    path: '/keys?create=true',
    opens: true,
    awaits: 'Project',
    choose: 'Make keys',
  },
  { name: 'key', path: '/keys?key={key}', opens: true },
  { name: 'provider-keys', path: '/provider-keys' },
  { name: 'new-provider-key', path: '/provider-keys?create=true', opens: true },
  { name: 'projects', path: '/projects' },
  { name: 'project', path: '/projects?project={project}', opens: true },
  { name: 'limits', path: '/limits' },
  { name: 'members', path: '/members' },
  { name: 'models', path: '/models' },
  { name: 'compare', path: '/models?compare=openai%2Fgpt-6-sol%2Copenai%2Fgpt-6-luna' },
  { name: 'model', path: '/models/openai/gpt-6-sol' },
  { name: 'model-measured', path: '/models/sim/stream' },
  { name: 'playground', path: '/playground' },
  { name: 'sessions', path: '/sessions' },
  { name: 'notifications', path: '/settings/notifications' },
  { name: 'settings', path: '/settings' },
  { name: 'undo-email-change', path: '/undo-email-change#token', signedOut: true },
  { name: 'invitation', path: '/invitation#token', signedOut: true },
  { name: 'unsubscribe', path: '/unsubscribe#token', signedOut: true },
  { name: 'auth', path: `/auth?${asked}`, awaits: 'Project' },
  { name: 'auth-wrong', path: '/auth?callback_url=http%3A%2F%2Fapp.example&limit=much' },
  { name: 'palette', path: '/', press: 'Control+k' },
  { name: 'shortcuts', path: '/', press: '?', opens: true },
  { name: 'not-found', path: '/nothing-here' },
  { name: 'menu', path: '/', click: 'Menu', clickWide: /^Ada Lovelace/ },
]

const looks = values.widths
  .split(',')
  .map(Number)
  .flatMap((width) => (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })))

/** Who is signed in on the pictures, and which request they show. */
interface Scene {
  readonly token: string
  readonly generation: string
  readonly key: string
  readonly project: string
}

async function main(): Promise<void> {
  spawnSync(process.execPath, ['scripts/build.mjs', '--when-stale'], {
    cwd: root,
    stdio: 'inherit',
  })
  mkdirSync(folder, { recursive: true })
  const scratch = values.keep ?? mkdtempSync(join(tmpdir(), 'codelace-screenshots-'))
  const dataFolder = join(scratch, 'data')
  const scenePath = join(scratch, 'scene.json')
  const browser = await startBrowser()
  try {
    if (!existsSync(scenePath)) {
      writeFileSync(scenePath, JSON.stringify(await prepare(browser, dataFolder)))
    }
    const scene = JSON.parse(readFileSync(scenePath, 'utf8')) as Scene
    const server = await startServer({ dataFolder, environment })
    for (const look of looks) await takeAll(browser, server, { ...look, scene })
    await server.stop()
  } finally {
    await browser.close()
    if (values.keep === undefined) rmSync(scratch, { recursive: true, force: true })
  }
}

/** A person signs up, their account is filled while the server is down, and asks a few things itself. */
async function prepare(browser: Browser, dataFolder: string): Promise<Scene> {
  const mailbox = await openMailbox()
  const mail = { SMTP_URL: mailbox.url, MAIL_FROM: 'codelace@example.com' }
  const first = await startServer({ dataFolder, environment: { ...environment, ...mail } })
  // The list of sessions knows a person's browser, not one without a window.
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`
  const context = await browser.newContext({ baseURL: first.url, userAgent })
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
  const own = await fill(second, account)
  await second.stop()
  await context.close()
  return { token, ...own }
}

/** Projects with budgets, a key in one of them, and a few requests with it. */
async function fill(server: RunningServer, account: string): Promise<Omit<Scene, 'token'>> {
  const make = async (name: string, limits: object | null) => {
    const path = `/api/accounts/${account}/projects`
    return ((await server.operate('POST', path, { name, limits })) as Made).data.id
  }
  await make('support bot', null)
  await make('customer: Acme', { spend: { month: '250' }, allowed_models: ['openai/*'] })
  const project = await make('search', { spend: { day: '20', month: '400' } })
  const own = `/api/accounts/${account}/credentials`
  const credential = { secret: { kind: 'api_key', api_key: 'sk-none' } }
  await server.operate('POST', own, { ...credential, provider: 'openai', label: 'our contract' })
  await server.operate('POST', own, {
    ...{ ...credential, provider: 'anthropic', label: 'research credits', use: 'last' },
  })
  await server.operate('POST', `/api/accounts/${account}/keys`, {
    ...{ name: 'provisioner', scopes: ['manage_keys'] },
  })
  const { key: secret, data } = (await server.operate('POST', `/api/accounts/${account}/keys`, {
    name: 'my laptop',
    project_id: project,
    limits: { spend: { day: '10', month: '100' }, requests_per_minute: 600 },
  })) as Made & { key: string }
  return { generation: await ask(server, secret), key: data.id, project }
}

interface Made {
  readonly data: { readonly id: string }
}

async function ask(server: RunningServer, key: string): Promise<string> {
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

async function takeAll(
  browser: Browser,
  server: RunningServer,
  { scene, ...look }: { width: number; colorScheme: 'light' | 'dark'; scene: Scene },
): Promise<void> {
  const words = values.only.split(',')
  for (const shown of pages.filter(({ name }) => words.some((word) => name.includes(word)))) {
    const context = await browser.newContext({
      baseURL: server.url,
      colorScheme: look.colorScheme,
      viewport: { width: look.width, height: look.width > 1000 ? 900 : 844 },
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
      locale: 'en-GB',
    })
    if (shown.signedOut !== true) await keepToken(context, scene.token)
    const page = await context.newPage()
    await page.goto(`/app${addressOf(shown.path, scene)}`)
    await settled(page)
    await page.getByRole('button', { name: 'Connecting' }).waitFor({ state: 'detached' })
    if (shown.press !== undefined) await page.keyboard.press(shown.press)
    await open(page, shown, look.width)
    if (shown.awaits !== undefined) await page.getByLabel(shown.awaits, { exact: true }).waitFor()
    if (shown.choose !== undefined) await page.getByText(shown.choose, { exact: true }).click()
    // The thread above the page: something is still on its way.
    await page.locator('svg.opacity-100').waitFor({ state: 'detached' })
    await page.locator('.breathing.bg-line').first().waitFor({ state: 'detached' })
    await page.evaluate(() => Reflect.get(globalThis, 'document').fonts.ready)
    await page.screenshot({
      path: join(folder, `${shown.name}-${look.width}-${look.colorScheme}.png`),
    })
    await context.close()
  }
}

/** Opens what stands over a page of its name, and waits for it. */
async function open(
  page: Page,
  { click, clickWide, opens, press }: (typeof pages)[number],
  width: number,
): Promise<void> {
  if (opens === true) await page.getByRole('dialog').waitFor()
  else if (press !== undefined) await page.getByRole('option').first().waitFor()
  const name = width > 1000 ? clickWide : click
  if (name === undefined) return
  await page.getByRole('button', { name, exact: true }).click()
  await page.getByRole('dialog').or(page.getByRole('menu')).first().waitFor()
}

function addressOf(path: string, scene: Scene): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => String(Reflect.get(scene, name)))
}

await main()

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { type Browser, chromium } from 'playwright-core'

/** There is no browser and none could be installed. The message says what to do. */
class NoBrowser extends Error {
  override readonly name = 'NoBrowser'
}

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/**
 * Starts a browser without a window: the one named by TEST_CHROMIUM, else one that is installed, else (as
 * root, on a system with apt-get) one that is installed first. It talks to nobody but the pages it opens.
 */
export async function startBrowser(): Promise<Browser> {
  const path = process.env['TEST_CHROMIUM'] ?? findBrowser() ?? installBrowser()
  if (path === undefined) {
    throw new NoBrowser(
      'the browser suites need Chromium. Install it, or name one in TEST_CHROMIUM.',
    )
  }
  return chromium.launch({
    executablePath: path,
    args: [
      ...['--headless', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      // Chromium refuses its sandbox to root; tests open only pages of this project.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  })
}

function findBrowser(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/snap/bin']
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path))
}

function installBrowser(): string | undefined {
  const isRoot = process.getuid?.() === 0
  if (!isRoot || spawnSync('apt-get', ['--version']).status !== 0) return undefined
  console.log('Installing Chromium with apt-get for the browser suites.')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = () =>
    spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], { env })
  if (install().status !== 0) {
    spawnSync('apt-get', ['update'], { env })
    install()
  }
  return findBrowser()
}

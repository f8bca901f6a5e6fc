import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { writeWhole } from './write-whole.ts'

/** What the first run hands to its owner. */
const firstRunShape = z.object({
  url: z.string(),
  api_key: z.string(),
  operator_token: z.string(),
  account_id: z.string(),
  /** Signs in to the account. */
  email: z.string().exactOptional(),
  /** Signs in to run the installation. */
  operator_email: z.string().exactOptional(),
})

/** The content of `first-run.json`. */
export type FirstRun = z.output<typeof firstRunShape>

/** The path of the file in a data folder. */
export function firstRunPath(dataFolder: string): string {
  return join(dataFolder, 'first-run.json')
}

/** Undefined when the file is not there, cannot be read, or is not what this program wrote. */
export function readFirstRun(dataFolder: string): FirstRun | undefined {
  try {
    return firstRunShape.parse(JSON.parse(readFileSync(firstRunPath(dataFolder), 'utf8')))
  } catch {
    return undefined
  }
}

/** Replaces the file as a whole. Readable by its owner only. */
export function writeFirstRun(dataFolder: string, firstRun: FirstRun): void {
  writeWhole(firstRunPath(dataFolder), `${JSON.stringify(firstRun, null, 2)}\n`)
}

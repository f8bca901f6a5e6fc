import { homedir, tmpdir } from 'node:os'

/** Something cannot be measured here. The message is the reason, for people to read in the results. */
export class Unmeasurable extends Error {
  override readonly name = 'Unmeasurable'
}

/** The reason in an error of any kind, in one line, without the folders of this machine. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const folders = [process.cwd(), tmpdir(), homedir()]
  return folders
    .reduce((shorter, folder) => shorter.replaceAll(folder, '...'), text)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 400)
}

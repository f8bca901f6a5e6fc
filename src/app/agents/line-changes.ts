/**
 * The lines that go (`-`) and come (`+`) between two texts, in order; what stays at their beginning and
 * end is left out. Empty when nothing changes.
 */
export function lineChanges(before: string, after: string): readonly string[] {
  const old = before.split('\n')
  const fresh = after.split('\n')
  let start = 0
  while (start < Math.min(old.length, fresh.length) && old[start] === fresh[start]) start += 1
  let end = 0
  const most = Math.min(old.length, fresh.length) - start
  while (end < most && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1
  return [
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...fresh.slice(start, fresh.length - end).map((line) => `+ ${line}`),
  ].filter((line) => line.trim().length > 1)
}

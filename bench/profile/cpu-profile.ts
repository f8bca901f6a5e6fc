/** A file that Node's `--cpu-prof` writes: one for each thread. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Microseconds of the monotonic clock. */
  readonly startTime: number
  readonly endTime: number
  /** Ids of the nodes that were running, one a sample. */
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

/** One place in the tree of calls. */
export interface ProfileNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children?: readonly number[]
}

/** Which function. `lineNumber` counts from 0; `url` is empty for native code. */
export interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

/** A stretch of the monotonic clock in microseconds. */
export interface ProfileWindow {
  readonly fromUs: number
  readonly toUs: number
}

/** Time of one function, or of one area of the code. Microseconds. */
export interface Share {
  readonly name: string
  readonly selfUs: number
  /** With everything that it called. 0 for areas. */
  readonly totalUs: number
}

/** Where the time of one thread went, the greatest first. Idle time is left out. */
export interface ProfileShares {
  readonly busyUs: number
  readonly functions: readonly Share[]
  readonly areas: readonly Share[]
}

const idleNames = new Set(['(idle)', '(root)'])

/** Adds up the samples of one thread that fall into the window. */
export function sharesOf(profile: CpuProfile, window: ProfileWindow): ProfileShares {
  const selfUsOfNode = selfTimes(profile, window)
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const functions = new Map<string, { selfUs: number; totalUs: number }>()
  const areas = new Map<string, number>()
  let busyUs = 0

  /** Returns the time below a node; `above` are the functions that are counting it already. */
  function visit(node: ProfileNode, above: ReadonlySet<string>): number {
    const name = nameOf(node.callFrame)
    const idle = idleNames.has(node.callFrame.functionName)
    const selfUs = idle ? 0 : (selfUsOfNode.get(node.id) ?? 0)
    const below = above.has(name) ? above : new Set([...above, name])
    let totalUs = selfUs
    for (const id of node.children ?? []) {
      const child = nodes.get(id)
      if (child) totalUs += visit(child, below)
    }
    if (idle) return totalUs
    busyUs += selfUs
    const area = areaOf(node.callFrame)
    areas.set(area, (areas.get(area) ?? 0) + selfUs)
    const sum = functions.get(name) ?? { selfUs: 0, totalUs: 0 }
    sum.selfUs += selfUs
    if (!above.has(name)) sum.totalUs += totalUs
    functions.set(name, sum)
    return totalUs
  }

  const root = profile.nodes[0]
  if (root) visit(root, new Set())
  return {
    busyUs,
    functions: [...functions]
      .map(([name, sum]) => ({ name, ...sum }))
      .filter((share) => share.totalUs > 0)
      .sort(bySelfTime),
    areas: [...areas]
      .map(([name, selfUs]) => ({ name, selfUs, totalUs: 0 }))
      .filter((share) => share.selfUs > 0)
      .sort(bySelfTime),
  }
}

function selfTimes(profile: CpuProfile, window: ProfileWindow): ReadonlyMap<number, number> {
  const times = new Map<number, number>()
  let nowUs = profile.startTime
  for (const [index, node] of profile.samples.entries()) {
    nowUs += profile.timeDeltas[index] ?? 0
    if (nowUs < window.fromUs || nowUs > window.toUs) continue
    // A sample stands for the time until the next one.
    const lastedUs = profile.timeDeltas[index + 1] ?? 0
    times.set(node, (times.get(node) ?? 0) + Math.max(lastedUs, 0))
  }
  return times
}

function nameOf(frame: CallFrame): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName
  return frame.url === '' ? name : `${name}  ${placeOf(frame.url)}:${frame.lineNumber + 1}`
}

/** A short form of a script's address: a path in this project, a path in a package, or `node:`. */
export function placeOf(url: string): string {
  const packaged = /\/node_modules\/(?!.*\/node_modules\/)(.+)$/.exec(url)
  if (packaged?.[1]) return packaged[1]
  const own = /\/((?:src|bench|catalog)\/.+)$/.exec(url)
  return own?.[1] ?? url
}

/** The part of the code that a function belongs to. */
export function areaOf(frame: CallFrame): string {
  if (frame.url === '') return frame.functionName.startsWith('(') ? frame.functionName : 'native'
  if (frame.url.startsWith('node:')) return 'node'
  const place = placeOf(frame.url)
  if (frame.url.includes('/node_modules/')) {
    return place
      .split('/')
      .slice(0, place.startsWith('@') ? 2 : 1)
      .join('/')
  }
  return place.split('/').slice(0, -1).join('/')
}

function bySelfTime(left: Share, right: Share): number {
  return right.selfUs - left.selfUs || left.name.localeCompare(right.name)
}

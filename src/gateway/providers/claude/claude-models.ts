/** How hard Claude may be told to work, from least to most. */
export type ClaudeEffort = 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** What one Claude model takes. Models differ in what they refuse, and say so with a 400. */
export interface ClaudeTraits {
  readonly isClaude: boolean
  /** `budget`: only within a number of tokens; `adaptive`: only as much as it chooses; `either`: both. */
  readonly thinking: 'none' | 'budget' | 'either' | 'adaptive'
  /** Whether thinking can be switched off: always, only with an effort of `high` or less, or never. */
  readonly thinkingStops: 'always' | 'to_high' | 'never'
  readonly efforts: readonly ClaudeEffort[]
  /** Takes `temperature`, `top_p` and `top_k` at all. */
  readonly takesSampling: boolean
  readonly takesTemperatureWithTopP: boolean
  /** Can be told that it must call a tool. */
  readonly takesForcedTools: boolean
  /** Has `output_config.format` and strict tools. */
  readonly hasOutputFormat: boolean
  /** Takes messages of role `system` after a user's turn. */
  readonly takesSystemInside: boolean
}

const named = /claude-(?:(\d)(?:[-.](\d{1,2}))?-)?([a-z]+)(?:-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d))?/
const allEfforts: readonly ClaudeEffort[] = ['low', 'medium', 'high', 'xhigh', 'max']
/** Higher than any version there is: a name without a version is taken for the newest. */
const newestVersion = 9_900

/** Other makers' models behind the same protocol: only what all of them are known to take. */
const otherModel: ClaudeTraits = {
  isClaude: false,
  thinking: 'budget',
  thinkingStops: 'always',
  efforts: [],
  takesSampling: true,
  takesTemperatureWithTopP: true,
  takesForcedTools: true,
  hasOutputFormat: false,
  takesSystemInside: false,
}

const knownTraits = new Map<string, ClaudeTraits>()
const knownTraitsMax = 1_000

/** The traits of a model, by any provider's name for it (`us.anthropic.claude-opus-4-6-v1`). */
export function claudeTraits(model: string): ClaudeTraits {
  const known = knownTraits.get(model)
  if (known) return known
  const traits = readTraits(model.toLowerCase())
  if (knownTraits.size < knownTraitsMax) knownTraits.set(model, traits)
  return traits
}

function readTraits(model: string): ClaudeTraits {
  if (!model.includes('claude')) return otherModel
  const { family, version } = readName(model)
  const alwaysThinks = family === 'fable' || family === 'mythos'
  const isLatest = version >= 505 && family !== 'haiku'
  return {
    isClaude: true,
    thinking: thinkingOf(version),
    thinkingStops:
      alwaysThinks || isLatest
        ? 'never'
        : (family === 'opus' && version >= 500) || version >= 505
          ? 'to_high'
          : 'always',
    efforts: effortsOf(family, version),
    takesSampling: version <= 406,
    takesTemperatureWithTopP: version < 401,
    takesForcedTools: !isLatest && !(alwaysThinks && version >= 501),
    hasOutputFormat: version >= 405 || (family === 'opus' && version === 401),
    takesSystemInside: version >= 408,
  }
}

function readName(model: string): { family: string; version: number } {
  if (/claude-(?:v?[12]\b|instant)/.test(model)) return { family: 'claude', version: 200 }
  const [, oldMajor, oldMinor, family = '', major, minor] = named.exec(model) ?? []
  const first = oldMajor ?? major
  if (first === undefined) return { family, version: newestVersion }
  const second = oldMajor === undefined ? minor : oldMinor
  return { family, version: Number(first) * 100 + Number(second ?? 0) }
}

function thinkingOf(version: number): ClaudeTraits['thinking'] {
  if (version < 307) return 'none'
  if (version < 406) return 'budget'
  return version === 406 ? 'either' : 'adaptive'
}

function effortsOf(family: string, version: number): readonly ClaudeEffort[] {
  if (version > 406) return allEfforts
  if (version === 406) return ['low', 'medium', 'high', 'max']
  return version === 405 && family === 'opus' ? ['low', 'medium', 'high'] : []
}

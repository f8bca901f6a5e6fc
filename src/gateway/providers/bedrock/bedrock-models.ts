import { claudeTraits, type ClaudeTraits } from '#gateway/providers/claude/claude-models.ts'

/** What one model behind Bedrock takes beside what all take. */
export interface BedrockTraits {
  readonly claude: ClaudeTraits
  /** How it is told to think: Claude's members, Nova's, OpenAI's, or not at all. */
  readonly reasoning: 'claude' | 'nova' | 'effort' | 'none'
  /** `cachePoint` blocks. */
  readonly caches: boolean
  /** `outputConfig.textFormat`. */
  readonly hasOutputFormat: boolean
  /** A conversation may begin with the assistant. */
  readonly takesAssistantFirst: boolean
}

/** Makers whose models have no switch for structured output. */
const withoutFormat = /(?:^|[./])(?:amazon|meta|ai21|cohere|writer)\./

/** The traits of a model, by Bedrock's name for it: plain, of a region (`us.…`), or an ARN. */
export function bedrockTraits(model: string): BedrockTraits {
  const claude = claudeTraits(model)
  const isNova = model.includes('amazon.nova')
  return {
    claude,
    reasoning: reasoningOf(model, claude.isClaude),
    caches: claude.isClaude || isNova,
    hasOutputFormat: claude.isClaude ? claude.hasOutputFormat : !withoutFormat.test(model),
    takesAssistantFirst: claude.isClaude,
  }
}

function reasoningOf(model: string, isClaude: boolean): BedrockTraits['reasoning'] {
  if (isClaude) return 'claude'
  if (model.includes('amazon.nova-2')) return 'nova'
  return model.includes('openai.gpt-oss') ? 'effort' : 'none'
}

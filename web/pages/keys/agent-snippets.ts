import type { CodeTab } from '#web/elements/snippet-tabs.tsx'

/** The settings of coding agents and editors that speak OpenAI's protocol. */
export function agentTabs({
  origin,
  key,
  model,
}: {
  origin: string
  key: string
  model: string
}): readonly CodeTab[] {
  const base = `${origin}/v1`
  return [
    {
      id: 'opencode',
      title: 'opencode',
      about: 'In opencode.json of the project.',
      code: JSON.stringify(
        {
          $schema: 'https://opencode.ai/config.json',
          provider: {
            codelace: {
              npm: '@ai-sdk/openai-compatible',
              name: 'codelace',
              options: { baseURL: base, apiKey: key },
              models: { [model]: { name: model } },
            },
          },
        },
        null,
        2,
      ),
    },
    {
      id: 'cline',
      title: 'Cline, Roo Code',
      about: 'In the settings: API provider "OpenAI Compatible".',
      code: `Base URL: ${base}\nAPI key:  ${key}\nModel:    ${model}`,
    },
    {
      id: 'aider',
      title: 'aider',
      about: 'In the shell.',
      code: [
        `export OPENAI_API_BASE=${base}`,
        `export OPENAI_API_KEY=${key}`,
        `aider --model openai/${model}`,
      ].join('\n'),
    },
    {
      id: 'environment',
      title: 'Environment',
      about: 'What most OpenAI clients read.',
      code: `OPENAI_BASE_URL=${base}\nOPENAI_API_KEY=${key}`,
    },
  ]
}

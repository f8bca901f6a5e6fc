import type { Credential } from './credential-calls.ts'

type Models = NonNullable<Credential['models']>

/** Either what to send, or which line cannot be read. */
export type ReadModels =
  | { readonly kind: 'models'; readonly models: Models | null }
  | { readonly kind: 'problem'; readonly words: string }

/** Reads one model a line, with the provider's own name for it behind an equals sign; nothing is all of them. */
export function readModels(text: string): ReadModels {
  const models: Models = []
  for (const line of text.split(/[\n,]/)) {
    if (line.trim() === '') continue
    const [model = '', ...rest] = line.split('=')
    const upstreamModel = rest.join('=').trim()
    if (model.trim() === '' || (rest.length > 0 && upstreamModel === '')) {
      const words = `"${line.trim()}" is not a model, or model = name at the provider.`
      return { kind: 'problem', words }
    }
    models.push({ model: model.trim(), upstream_model: upstreamModel || null })
  }
  return { kind: 'models', models: models.length === 0 ? null : models }
}

/** The models of a key, to be edited. */
export function modelsText(models: Models | null): string {
  return (models ?? [])
    .map(({ model, upstream_model: name }) => (name === null ? model : `${model} = ${name}`))
    .join('\n')
}

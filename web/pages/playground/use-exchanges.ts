import { useEffect, useRef, useState } from 'react'

import { type PlaygroundDraft, readDraft, type Turn } from './playground-draft.ts'
import { type Run, runModel } from './run.ts'

/** One message and what each model answered. */
export interface Exchange {
  readonly message: string
  readonly runs: Readonly<Record<string, Run>>
}

/** Which field of a draft cannot be read, and why. */
export interface DraftProblem {
  readonly field: string
  readonly words: string
}

/** What was said on the playground, and how to say more. */
export interface Exchanges {
  readonly list: readonly Exchange[]
  readonly isRunning: boolean
  readonly problem: DraftProblem | null
  /** Asks every model at once; false when the draft cannot be read, and nothing was sent. */
  readonly ask: (question: {
    draft: PlaygroundDraft
    models: readonly string[]
    key: string
  }) => boolean
  readonly stop: () => void
  readonly clear: () => void
}

/** Keeps what was said. Leaving the page stops what is still being said. */
export function useExchanges(): Exchanges {
  const [list, setList] = useState<readonly Exchange[]>([])
  const [problem, setProblem] = useState<DraftProblem | null>(null)
  const [isRunning, setRunning] = useState(false)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const keep = (index: number, model: string) => (run: Run) =>
    setList((before) =>
      before.map((exchange, each) =>
        each === index ? { ...exchange, runs: { ...exchange.runs, [model]: run } } : exchange,
      ),
    )
  return {
    list,
    isRunning,
    problem,
    ask({ draft, models, key }) {
      const reads = models.map((model) => ({
        model,
        read: readDraft(draft, { model, before: turnsOf(list, model) }),
      }))
      const bodies = reads.flatMap(({ model, read }) =>
        read.kind === 'body' ? [{ model, body: read.body }] : [],
      )
      const broken = reads.find(({ read }) => read.kind === 'problem')?.read
      setProblem(broken?.kind === 'problem' ? broken : null)
      if (broken) return false
      const { signal } = (running.current = new AbortController())
      setRunning(true)
      setList((before) => [...before, { message: draft.message, runs: {} }])
      const runs = bodies.map(({ model, body }) =>
        runModel({ key, body, signal }, keep(list.length, model)),
      )
      void Promise.all(runs).finally(() => setRunning(false))
      return true
    },
    stop: () => running.current?.abort(),
    clear: () => setList([]),
  }
}

/** What was said with one model before: its own answers only. */
export function turnsOf(exchanges: readonly Exchange[], model: string): readonly Turn[] {
  return exchanges.flatMap(({ message, runs }) => {
    const answer = runs[model]?.text ?? ''
    return answer === ''
      ? []
      : [
          { role: 'user' as const, content: message },
          { role: 'assistant' as const, content: answer },
        ]
  })
}

import { X } from 'lucide-react'
import type { ReactNode } from 'react'

import { classNames } from './class-names.ts'

/** What a chip means, by its colour; its words always say it too. */
export type ChipTone = 'neutral' | 'accent' | 'positive' | 'caution' | 'negative'

const tones: Readonly<Record<ChipTone, string>> = {
  neutral: 'bg-sunken text-muted',
  accent: 'bg-accent-wash text-accent',
  positive: 'bg-positive-wash text-positive',
  caution: 'bg-caution-wash text-caution',
  negative: 'bg-negative-wash text-negative',
}

/** One or two words about the state of a thing. */
export function Chip({ tone = 'neutral', children }: { tone?: ChipTone; children: ReactNode }) {
  return (
    <span
      className={classNames(
        'inline-flex h-5 items-center gap-1 rounded-xs px-1.5 text-12 font-medium whitespace-nowrap',
        tones[tone],
      )}
    >
      {children}
    </span>
  )
}

/** A filter that is on or off, and is seen either way. */
export function FilterChip({
  isOn,
  onChange,
  children,
}: {
  isOn: boolean
  onChange: (isOn: boolean) => void
  children: ReactNode
}) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={() => onChange(!isOn)}
      className={classNames(
        'inline-flex h-7 shrink-0 items-center gap-1.5 rounded-full max-md:h-9 border px-3 text-13 whitespace-nowrap transition-colors duration-(--fast)',
        isOn
          ? 'border-accent bg-accent-wash text-accent'
          : 'border-line bg-surface text-muted hover:border-line-strong hover:text-text',
      )}
    >
      {children}
      {isOn && <X size={12} aria-hidden />}
    </button>
  )
}

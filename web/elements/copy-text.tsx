import { Check, Copy } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'

import { classNames } from './class-names.ts'

const shownMs = 1_500

/** Copies text; answers whether it was copied a moment ago. */
export function useCopy(text: string): readonly [boolean, () => void] {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), shownMs)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => setCopied(true))
  }
  return [isCopied, copy]
}

/** An id that copies itself when it is clicked. */
export function CopyId({ id, children }: { id: string; children?: ReactNode }) {
  const [isCopied, copy] = useCopy(id)
  return (
    <button
      type="button"
      title={`Copy ${id}`}
      onClick={(event) => {
        event.stopPropagation()
        copy()
      }}
      className="group inline-flex max-w-full items-center gap-1.5 font-mono text-12 text-muted hover:text-text"
    >
      <span className="truncate">{children ?? id}</span>
      {isCopied ? (
        <Check size={12} className="shrink-0 text-positive" aria-label="Copied" />
      ) : (
        <Copy
          size={12}
          aria-hidden
          className="shrink-0 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
        />
      )}
    </button>
  )
}

/** A button that copies text and says that it did. */
export function CopyButton({
  text,
  label = 'Copy',
  className,
}: {
  text: string
  label?: string
  className?: string
}) {
  const [isCopied, copy] = useCopy(text)
  return (
    <button
      type="button"
      onClick={copy}
      className={classNames(
        'inline-flex h-7 items-center gap-1.5 rounded border border-line bg-surface px-2 text-12 text-muted hover:border-line-strong hover:text-text',
        className,
      )}
    >
      {isCopied ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />}
      <span aria-live="polite">{isCopied ? 'Copied' : label}</span>
    </button>
  )
}

import { type ReactNode, useEffect } from 'react'

import { classNames } from './class-names.ts'
import { Wordmark } from './lace.tsx'

/** A page that stands alone, without the way to others: one question, in the middle. */
export function Alone({
  title,
  children,
  below,
  footer,
  isWide = false,
}: {
  title: string
  children: ReactNode
  /** A word under the question. */
  below?: ReactNode
  footer?: ReactNode
  /** For more than a field or two. */
  isWide?: boolean
}) {
  useEffect(() => {
    document.title = `${title} · codelace`
  }, [title])
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto]">
      <main id="main" className="flex flex-col items-center justify-center px-4 py-12">
        <div className={classNames('w-full', isWide ? 'max-w-120' : 'max-w-92')}>
          <div className="mb-8 flex justify-center">
            <Wordmark />
          </div>
          <div className="rounded border border-line bg-surface p-6">
            <h1 className="mb-4 text-20 font-semibold tracking-tight">{title}</h1>
            {children}
          </div>
          {below !== undefined && <p className="mt-4 text-center text-12 text-muted">{below}</p>}
        </div>
      </main>
      {footer !== undefined && <footer className="mx-auto p-3">{footer}</footer>}
    </div>
  )
}

import { classNames } from './class-names.ts'

/** The mark: a thread through three knots. */
function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="shrink-0">
      <path
        d="M4 23C12 23 11 9 16 9s4 14 12 14"
        fill="none"
        className="stroke-accent"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      {[
        [4, 23],
        [16, 9],
        [28, 23],
      ].map(([x, y]) => (
        <circle
          key={x}
          cx={x}
          cy={y}
          r="3"
          className="fill-surface stroke-accent"
          strokeWidth="2"
        />
      ))}
    </svg>
  )
}

/** The mark and the name. */
export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 text-16 font-semibold tracking-tight text-text">
      <Mark />
      codelace
    </span>
  )
}

/** The thread that runs along the top of the page while something is on its way. */
export function LaceProgress({ isActive }: { isActive: boolean }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 100 2"
      preserveAspectRatio="none"
      className={classNames(
        'pointer-events-none fixed inset-x-0 top-0 z-40 h-0.5 w-full transition-opacity duration-(--fast)',
        isActive ? 'opacity-100' : 'opacity-0',
      )}
    >
      <path d="M0 1H100" pathLength="1" strokeWidth="2" className="drawing stroke-accent" />
    </svg>
  )
}

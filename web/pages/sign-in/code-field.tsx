import { TextField } from '#web/elements/field.tsx'

/** The field for a code from a mail: spaces and dashes do not matter, and a whole code is sent by itself. */
export function CodeField({
  value,
  onChange,
  length,
  isDigits,
  problem,
  onWhole,
}: {
  value: string
  onChange: (value: string) => void
  length: number
  isDigits: boolean
  problem: string | null
  onWhole: (code: string) => void
}) {
  return (
    <TextField
      label="Code"
      name="code"
      isMono
      autoFocus
      autoComplete="one-time-code"
      inputMode={isDigits ? 'numeric' : 'text'}
      autoCapitalize="characters"
      spellCheck={false}
      maxLength={40}
      value={value}
      problem={problem}
      className="h-12! text-20 tracking-[0.3em]"
      onChange={({ target }) => {
        onChange(target.value)
        const code = target.value.replace(/[\s-]/g, '')
        const wasWhole = value.replace(/[\s-]/g, '').length >= length
        if (code.length === length && !wasWhole) onWhole(code)
      }}
    />
  )
}

import { Clock, Monitor, Moon, Sun } from 'lucide-react'

import { IconButton } from '#web/elements/button.tsx'

import { changePreferences, usePreferences } from './preferences.ts'

const nextTheme = { system: 'light', light: 'dark', dark: 'system' } as const
const themeIcons = { system: Monitor, light: Sun, dark: Moon }

/** How this tab shows things: theme, and whose clock. */
export function ViewMenu() {
  const { theme, zone } = usePreferences()
  const ThemeIcon = themeIcons[theme]
  return (
    <div className="flex items-center justify-between">
      <IconButton
        label={`Theme: ${theme}. Switch to ${nextTheme[theme]}`}
        onClick={() => changePreferences({ theme: nextTheme[theme] })}
      >
        <ThemeIcon size={15} aria-hidden />
      </IconButton>
      <button
        type="button"
        title="Switch between your time zone and UTC"
        onClick={() => changePreferences({ zone: zone === 'utc' ? 'local' : 'utc' })}
        className="flex h-8 items-center gap-1.5 rounded px-2 text-12 text-muted hover:bg-sunken hover:text-text"
      >
        <Clock size={13} aria-hidden />
        {zone === 'utc' ? 'UTC' : 'Local time'}
      </button>
    </div>
  )
}

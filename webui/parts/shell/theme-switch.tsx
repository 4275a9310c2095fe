// The three-way theme switch.
import { Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { chooseTheme, chosenTheme, THEMES, type Theme } from './theme.ts';

const LOOKS = {
  system: { label: 'As the system', Icon: Monitor },
  light: { label: 'Light', Icon: Sun },
  dark: { label: 'Dark', Icon: Moon },
} satisfies Record<Theme, { label: string; Icon: typeof Sun }>;

export function ThemeSwitch() {
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (next: Theme) => {
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <fieldset className="flex rounded-sm border border-rule">
      <legend className="sr-only">Theme</legend>
      {THEMES.map(name => (
        <ThemeButton key={name} name={name} chosen={name === theme} onChoose={choose} />
      ))}
    </fieldset>
  );
}

function ThemeButton(props: { name: Theme; chosen: boolean; onChoose: (theme: Theme) => void }) {
  const { label, Icon } = LOOKS[props.name];
  return (
    <label
      title={label}
      className="grid size-8 place-items-center text-soft hover:text-ink has-checked:bg-ink has-checked:text-on-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
    >
      <input
        type="radio"
        name="theme"
        className="sr-only"
        checked={props.chosen}
        onChange={() => props.onChoose(props.name)}
      />
      <span className="sr-only">{label}</span>
      <Icon aria-hidden size={15} />
    </label>
  );
}

// The theme switch is a form; here it works at once. Maps listen for the 'theme' event.
const YEAR = 365 * 24 * 3600;

export function isDark(): boolean {
  const chosen = document.documentElement.dataset['bsTheme'];
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

export function watchThemeSwitch(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    const theme = (event.submitter as HTMLButtonElement | null)?.value;
    if (!form.matches('[data-theme-switch]') || (theme !== 'light' && theme !== 'dark')) return;
    event.preventDefault();
    document.documentElement.dataset['bsTheme'] = theme;
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `theme=${theme}; max-age=${YEAR}; path=/; samesite=lax${secure}`;
    document.querySelector('meta[name="color-scheme"]')?.setAttribute('content', theme);
    form.querySelector<HTMLButtonElement>(theme === 'dark' ? '.when-dark' : '.when-light')?.focus();
    document.dispatchEvent(new CustomEvent('theme'));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    document.dispatchEvent(new CustomEvent('theme'));
  });
}

// Single-letter keys of the desk. They can be switched off for good (WCAG 2.1.4) by the button beside their description ([data-keys]).
const STORE = 'citymap-keys';

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type="checkbox"]), textarea, select, [contenteditable]');
}

export function watchKeys(keys: Record<string, () => void>): void {
  let on = localStorage.getItem(STORE) !== 'off';
  const button = document.querySelector<HTMLButtonElement>('button[data-keys]');
  const show = (): void => { button?.setAttribute('aria-pressed', String(on)); };
  button?.addEventListener('click', () => {
    on = !on;
    localStorage.setItem(STORE, on ? 'on' : 'off');
    show();
  });
  show();
  document.addEventListener('keydown', (event) => {
    if (!on || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key] ?? keys[byPlace(event)];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

// On a Russian layout the key J gives "о"; the place on the keyboard says what was meant.
function byPlace(event: KeyboardEvent): string {
  return event.code.startsWith('Key') ? event.code.slice(3).toLowerCase() : event.key;
}

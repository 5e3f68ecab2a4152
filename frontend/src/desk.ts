// The desk: map beside the queue, and keys: J and K through the list, Enter opens (the focused link), X ticks, / goes to the search,
// a letter named by data-key presses that button.
import {watchKeys} from './staff/keys';
import {Rows} from './staff/rows';

const rows = new Rows();
rows.drawMap(false);

const keys: Record<string, () => void> = {
  j: () => rows.move(1),
  k: () => rows.move(-1),
  x: () => rows.current()?.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click(),
  '/': () => document.querySelector<HTMLElement>('[role="search"] input:not([type="hidden"])')?.focus(),
};
for (const button of document.querySelectorAll<HTMLElement>('[data-key]')) {
  // Moves the focus only: an action that is seen by a resident deserves a second key press.
  keys[button.dataset['key'] ?? ''] = () => button.focus();
}
watchKeys(keys);

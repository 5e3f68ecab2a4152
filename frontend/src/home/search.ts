// The search box as a combobox with a list (ARIA APG 1.2, list autocomplete with manual selection): results grouped by layer.
// Without a choice Enter sends the plain form to the page of results.
import {type Bounds, type MapConfig, numeral, sentence, word} from '../map/config';

export interface Found {
  title: string;
  detail: string;
  lon: number | null;
  lat: number | null;
  box: Bounds | null;
  href: string;
}

interface Group {
  layer: string;
  title: string;
  more: boolean;
  found: Found[];
}

const WAIT_MS = 200;
const LETTERS = /[\p{L}\p{N}]/gu;

export function watchPlaceSearch(form: HTMLFormElement, config: MapConfig, chosen: (found: Found) => void, near: () => string): void {
  const input = form.querySelector<HTMLInputElement>('input[name="q"]');
  const list = form.querySelector<HTMLElement>('[role="listbox"]');
  if (input && list && config.search) new Combobox(form, input, list, config, chosen, near);
}

class Combobox {
  private options: {row: HTMLElement; found: Found}[] = [];
  private active = -1;
  private timer = 0;
  private before: AbortController | undefined;

  constructor(
    form: HTMLFormElement, private readonly input: HTMLInputElement, private readonly list: HTMLElement, private readonly config: MapConfig,
    private readonly chosen: (found: Found) => void, private readonly near: () => string,
  ) {
    const roles = {role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id};
    for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value);
    this.status = form.querySelector('[data-found-status]');
    input.addEventListener('input', () => this.wait());
    input.addEventListener('keydown', (event) => this.key(event));
    input.addEventListener('focus', () => { if (this.options.length) this.open(); });
    form.addEventListener('focusout', (event) => { if (!form.contains(event.relatedTarget as Node | null)) { this.forget(); this.close(); } });
    form.addEventListener('submit', (event) => {
      const row = this.options[this.active];
      if (row && !this.list.hidden) { event.preventDefault(); this.choose(row.found); }
    });
    list.addEventListener('pointerdown', (event) => event.preventDefault()); // the focus stays in the box
    list.addEventListener('click', (event) => {
      const row = (event.target as Element).closest('[role="option"]');
      const option = this.options.find((one) => one.row === row);
      if (option) this.choose(option.found);
    });
  }

  private readonly status: Element | null;

  /** No answer that is still on its way may open the list again. */
  private forget(): void {
    window.clearTimeout(this.timer);
    this.before?.abort();
  }

  private wait(): void {
    this.forget();
    this.timer = window.setTimeout(() => void this.ask(), WAIT_MS);
  }

  private async ask(): Promise<void> {
    const q = this.input.value.trim();
    if ((q.match(LETTERS) ?? []).length < 3) {
      this.offer([]);
      this.say(q ? word(this.config, 'threeLetters') : '');
      return;
    }
    const {signal} = this.before = new AbortController();
    const near = this.near();
    const query = new URLSearchParams({q, lang: this.config.language, ...(near ? {near} : {})});
    try {
      const answer = await fetch(`${this.config.search}?${query}`, {signal});
      const told = answer.ok ? await answer.json() as {groups: Group[]; similar: boolean} : {groups: [], similar: false};
      if (signal.aborted) return;
      this.offer(told.groups, told.similar);
      const number = this.options.length;
      const some = sentence(this.config, 'someFound', {number: numeral(this.config, number)});
      this.say(!number ? word(this.config, 'noneFound') : told.similar ? `${word(this.config, 'didYouMean')} ${some}` : some);
    } catch {
      // Overtaken by more letters, or no network: Enter still leads to the page of results.
    }
  }

  private offer(groups: Group[], similar = false): void {
    this.options = [];
    this.active = -1;
    const rows = groups.filter(({found}) => found.length).map((group, number) => this.group(group, number));
    if (similar && rows.length) rows.unshift(this.alike());
    this.list.replaceChildren(...rows);
    if (this.options.length) this.open(); else this.close();
  }

  /** Nothing is called so: what follows is only written much like it. */
  private alike(): HTMLElement {
    const note = document.createElement('p');
    note.setAttribute('role', 'presentation');
    note.textContent = word(this.config, 'didYouMean');
    return note;
  }

  private group(group: Group, number: number): HTMLElement {
    const box = document.createElement('div');
    box.setAttribute('role', 'group');
    const title = document.createElement('p');
    title.id = `place-group-${number}`;
    title.textContent = group.title;
    title.setAttribute('role', 'presentation');
    box.setAttribute('aria-labelledby', title.id);
    box.append(title, ...group.found.map((found) => this.option(found)));
    return box;
  }

  private option(found: Found): HTMLElement {
    const row = document.createElement('div');
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', 'false');
    row.id = `place-option-${this.options.length}`;
    const title = document.createElement('span');
    title.className = 'title';
    title.textContent = found.title;
    const detail = document.createElement('span');
    detail.className = 'about';
    detail.textContent = found.detail;
    row.append(title, ' ', detail);
    this.options.push({row, found});
    return row;
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const last = this.options.length - 1;
    if (event.key === 'Escape') {
      this.forget();
      if (!this.list.hidden) { event.preventDefault(); this.close(); } else this.input.value = '';
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (last < 0) return;
      event.preventDefault();
      this.open();
      const down = event.key === 'ArrowDown';
      this.point(down ? (this.active >= last ? 0 : this.active + 1) : (this.active <= 0 ? last : this.active - 1));
    }
  }

  private point(to: number): void {
    this.active = to;
    for (const [index, {row}] of this.options.entries()) row.setAttribute('aria-selected', String(index === to));
    const row = this.options[to]?.row;
    row?.scrollIntoView({block: 'nearest'});
    if (row) this.input.setAttribute('aria-activedescendant', row.id); else this.input.removeAttribute('aria-activedescendant');
  }

  private choose(found: Found): void {
    const exact = found.title.toLocaleLowerCase() === this.input.value.trim().toLocaleLowerCase();
    // Who typed a whole reference wants its page; the rest are places to go to.
    if (found.href && (exact || found.lon === null)) { location.assign(found.href); return; }
    this.forget();
    this.input.value = found.title;
    this.close();
    this.chosen(found);
  }

  private open(): void {
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
  }

  private close(): void {
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.point(-1);
  }

  private say(text: string): void {
    if (this.status) this.status.textContent = text;
  }
}

// The filter form is a plain GET form. Here a change fetches the same page and swaps the list, so the map stays where it is.

import type {MapConfig} from '../map/config';

/** What a fresh page tells the map and the numbers. */
export type Page = Pick<MapConfig, 'query' | 'queries' | 'area' | 'layers'>;

export interface Filters {
  /** Show the list of this address (path and query), and put it into the address bar. */
  go(address: string): Promise<void>;
  /** The address of this page with parameters changed or, with an empty value, removed; always from the first page of the list. */
  address(changes: Record<string, string>): string;
}

const SWAPPED = ['#results', '#active-filters', '#filter-count'];

function swap(home: HTMLElement, fresh: Document): Page {
  for (const selector of SWAPPED) {
    const now = home.querySelector(selector);
    const next = fresh.querySelector(selector);
    if (now && next) now.replaceWith(next);
  }
  const frame = fresh.querySelector<HTMLElement>('[data-map]');
  return JSON.parse(frame?.dataset['config'] ?? '{}') as Page;
}

function syncForms(home: HTMLElement, fresh: Document): void {
  for (const field of home.querySelectorAll<HTMLInputElement>('[data-filters] input[name], [data-layers] input[type="checkbox"]')) {
    const twin = fresh.querySelector<HTMLInputElement>(`#${CSS.escape(field.id)}`);
    if (field.type === 'checkbox') field.checked = twin?.hasAttribute('checked') ?? false;
    else if (field.id && field.name) field.value = twin?.getAttribute('value') ?? '';
    field.disabled = twin?.disabled ?? false;
  }
}

function addressOf(form: HTMLFormElement): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && value) query.append(name, value);
  }
  return written(query);
}

function written(query: URLSearchParams): string {
  const text = query.toString().replaceAll('%2C', ',');
  return location.pathname + (text && `?${text}`);
}

export function watchFilters(home: HTMLElement, shown: (page: Page) => void): Filters {
  const form = home.querySelector<HTMLFormElement>('[data-filters]');
  let latest = 0;

  async function load(address: string): Promise<void> {
    const mine = ++latest;
    const results = home.querySelector('#results');
    results?.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(address, {headers: {Accept: 'text/html'}});
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (mine !== latest) return; // a later change of the filters has overtaken this one
      if (!answer.ok || !fresh.querySelector('#results')) throw new Error(String(answer.status));
      syncForms(home, fresh);
      shown(swap(home, fresh));
    } catch {
      if (mine === latest) location.assign(address); // the plain way always works, or says why not
    }
  }

  let query = location.search;
  const go = async (address: string): Promise<void> => {
    history.pushState(null, '', address + location.hash);
    query = location.search; // at once: one may go back before the list has come
    await load(address);
  };
  const address = (changes: Record<string, string>): string => {
    const query = new URLSearchParams(location.search);
    for (const key of ['before', 'after', ...Object.keys(changes)]) query.delete(key);
    for (const [name, value] of Object.entries(changes)) if (value) query.set(name, value);
    return written(query);
  };

  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    form.closest('details')?.removeAttribute('open');
    void go(addressOf(form));
    home.querySelector<HTMLElement>('#results')?.focus();
  });
  form?.addEventListener('change', (event) => {
    if (!(event.target as HTMLElement).matches('[data-not-a-filter]')) void go(addressOf(form));
  });
  home.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-soft], .pager a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void go(link.pathname + link.search).then(() => {
      if (link.closest('.pager')) home.querySelector('.list-pane')?.scrollIntoView();
      home.querySelector<HTMLElement>('#results')?.focus({preventScroll: true});
    });
  });
  addEventListener('popstate', () => {
    if (location.search === query) return; // only the hash moved
    query = location.search;
    void load(location.pathname + location.search);
  });
  return {go, address};
}

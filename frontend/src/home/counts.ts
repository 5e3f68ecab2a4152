// Numbers beside the choices, and the total over the list: one answer of the counts' door for each layer with a period, asked for
// after the list has come. Where counting would take too long, the page stays without numbers.
import {type LayerChoice, type MapConfig, numeral, queryOf, sentence} from '../map/config';

interface Counts {
  total: number | null;
  filters: Record<string, Record<string, number>>;
  months: [month: string, count: number][];
  counted: boolean;
}

export type MonthSums = Map<string, number>;

async function ask(address: string, signal: AbortSignal): Promise<Counts | undefined> {
  try {
    const answer = await fetch(address, {signal});
    return answer.ok ? await answer.json() as Counts : undefined;
  } catch {
    return undefined; // overtaken, or no network: numbers are an extra
  }
}

function addressOf(config: MapConfig, layer: LayerChoice): string {
  const area = layer.name === config.shown && config.area ? `bbox=${config.area.join(',')}` : '';
  // Numbers are the same in every language.
  const query = [queryOf(config, layer.name).replace(/(^|&)lang=\w+/, ''), area].filter(Boolean).join('&');
  return layer.counts + (query && `?${query}`);
}

function showFacets(home: HTMLElement, config: MapConfig, counts: Counts | undefined): void {
  for (const place of home.querySelectorAll<HTMLElement>('[data-facet]')) {
    const [filter = '', code = ''] = (place.dataset['facet'] ?? '').split(':');
    const numbers = counts?.counted ? counts.filters[filter] : undefined;
    if (!numbers) { place.replaceChildren(); continue; }
    const comma = document.createElement('span');
    comma.className = 'visually-hidden';
    comma.textContent = ', ';
    place.replaceChildren(comma, numeral(config, numbers[code] ?? 0));
    place.closest('.choice')?.classList.toggle('is-empty', !numbers[code]);
  }
}

function showTotal(home: HTMLElement, config: MapConfig, counts: Counts | undefined): void {
  const line = home.querySelector<HTMLElement>('[data-total]');
  if (!line) return;
  const total = counts?.counted ? counts.total : null;
  line.hidden = total === null;
  if (total !== null) line.textContent = sentence(config, 'total', {number: numeral(config, total)});
}

/** Returns what asks for the numbers of a state of the page; ``months`` gets the sums by month of all layers that are on. */
export function watchCounts(home: HTMLElement, months: (sums: MonthSums, config: MapConfig) => void): (config: MapConfig) => void {
  let before: AbortController | undefined;
  let asked = '';
  return (config) => {
    const layers = (config.layers ?? []).filter((layer) => layer.counts && layer.period && (layer.on || layer.name === config.shown));
    const addresses = layers.map((layer) => addressOf(config, layer));
    if (!layers.length || addresses.join(' ') === asked) return;
    asked = addresses.join(' ');
    before?.abort();
    const {signal} = before = new AbortController();
    void Promise.all(addresses.map((address) => ask(address, signal))).then((answers) => {
      if (signal.aborted) return;
      const own = answers[layers.findIndex(({name}) => name === config.shown)];
      showFacets(home, config, own);
      showTotal(home, config, own);
      const sums: MonthSums = new Map();
      for (const [month, count] of answers.flatMap((answer) => answer?.months ?? [])) sums.set(month, (sums.get(month) ?? 0) + count);
      months(sums, config);
    });
  };
}

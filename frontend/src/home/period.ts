// The period under the map: two thumbs on months. They write the days of the filter form into the address, so list, map and numbers follow.
import {type MapConfig, numeral, sentence, word} from '../map/config';
import type {MonthSums} from './counts';
import type {Filters} from './filters';
import {Histogram} from './histogram';
import {areWholeMonths, dayName, firstDay, lastDay, monthName, numberOf} from './months';

export class Period {
  private first = 0; // number of the month at the left end
  private sums: number[] = [];
  private readonly low: HTMLInputElement;
  private readonly high: HTMLInputElement;
  private readonly histogram: Histogram;

  constructor(
    private readonly box: HTMLDetailsElement, private readonly form: HTMLFormElement, private readonly config: MapConfig, private readonly filters: Filters,
  ) {
    this.low = this.part<HTMLInputElement>('#period-first');
    this.high = this.part<HTMLInputElement>('#period-last');
    this.histogram = new Histogram(this.part<SVGElement>('[data-histogram]'));
    for (const thumb of [this.low, this.high]) {
      thumb.addEventListener('input', () => this.moved(thumb));
      thumb.addEventListener('change', () => this.write());
    }
    this.part('[data-all-time]').addEventListener('click', () => {
      this.low.focus();
      void filters.go(filters.address({from: '', to: ''}));
    });
    this.sync();
  }

  /** The months that are chosen, as numbers; the whole axis when none are. */
  get span(): [number, number] {
    return [this.first + this.low.valueAsNumber, this.first + this.high.valueAsNumber];
  }

  get narrowed(): boolean {
    return Boolean(this.day('from') || this.day('to'));
  }

  /** The sums by month have come: the axis is from the first to the last, and reaches to what is chosen. */
  show(sums: MonthSums): void {
    const chosen = [this.day('from'), this.day('to')].filter(Boolean).map(numberOf);
    const numbers = [...[...sums.keys()].map(numberOf), ...chosen.filter(() => sums.size)];
    this.box.hidden = !numbers.length;
    if (!numbers.length) return;
    const last = numbers.reduce((one, other) => Math.max(one, other));
    this.first = numbers.reduce((one, other) => Math.min(one, other));
    this.sums = Array.from({length: last - this.first + 1}, (_, index) => sums.get(firstDay(this.first + index).slice(0, 7)) ?? 0);
    for (const thumb of [this.low, this.high]) thumb.max = String(this.sums.length - 1);
    this.part('[data-axis-first]').textContent = monthName(this.first, this.config.language);
    this.part('[data-axis-last]').textContent = monthName(last, this.config.language);
    this.histogram.show(this.sums);
    this.sync();
  }

  /** Set the thumbs by the days of the form. */
  sync(): void {
    const [since, until] = [this.day('from'), this.day('to')];
    const top = Math.max(0, this.sums.length - 1);
    this.low.value = String(since ? numberOf(since) - this.first : 0);
    this.high.value = String(until ? numberOf(until) - this.first : top);
    this.part('[data-all-time]').hidden = !this.narrowed;
    this.part('[data-whole-months]').hidden = areWholeMonths(since, until);
    this.tell(since, until);
  }

  /** Mark the month of the film; undefined when it has ended. */
  markNow(month: number | undefined): void {
    this.histogram.mark(this.low.valueAsNumber, this.high.valueAsNumber, month === undefined ? -1 : month - this.first);
  }

  private part<E extends Element = HTMLElement>(selector: string): E {
    const found = this.box.querySelector<E>(selector);
    if (!found) throw new Error(selector);
    return found;
  }

  private day(name: 'from' | 'to'): string {
    return this.form.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.value ?? '';
  }

  private moved(thumb: HTMLInputElement): void {
    // A thumb stops at the other one.
    if (this.low.valueAsNumber > this.high.valueAsNumber) thumb.value = (thumb === this.low ? this.high : this.low).value;
    this.tell(...this.days());
  }

  /** The days of the chosen months; an end of the axis is open. */
  private days(): [string, string] {
    const [low, high] = this.span;
    return [this.low.valueAsNumber > 0 ? firstDay(low) : '', this.high.value !== this.high.max ? lastDay(high) : ''];
  }

  private write(): void {
    const [from, to] = this.days();
    if (from === this.day('from') && to === this.day('to')) return; // a thumb that could not move
    void this.filters.go(this.filters.address({from, to}));
  }

  private tell(since: string, until: string): void {
    const {language} = this.config;
    const [low, high] = this.span;
    const text = (day: string, month: number): string => (areWholeMonths(since, until) || !day ? monthName(month, language) : dayName(day, language));
    const [from, to] = [text(since, low), text(until, high)];
    this.part('[data-period-text]').textContent = !since && !until ? word(this.config, 'allTime')
      : from === to ? from : sentence(this.config, 'span', {since: from, until: to});
    for (const [thumb, month] of [[this.low, low], [this.high, high]] as const) {
      const sum = this.sums[month - this.first] ?? 0;
      thumb.setAttribute('aria-valuetext', sentence(this.config, 'month', {month: monthName(month, language), number: numeral(this.config, sum)}));
    }
    // With both thumbs at the right end, only the left one has somewhere to go.
    this.low.classList.toggle('is-above', this.low.valueAsNumber > (this.sums.length - 1) / 2);
    this.histogram.mark(this.low.valueAsNumber, this.high.valueAsNumber);
  }
}

// Plays the chosen months from one answer of the months' door: no request for a step. Whoever asked for less motion steps by hand.
import {type MapConfig, numeral, queryOf, sentence, word} from '../map/config';
import type {Months} from '../map/film';
import type {HomeMap} from '../map/home';
import {firstDay, lastDay, monthName, numberOf} from './months';
import type {Period} from './period';

const STEP_MS = 900;
const MOST = 36;
const USUAL = 12;
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

export class Player {
  private film: Months | undefined;
  private month = 0;
  private timer = 0;
  private asked = 0;

  constructor(
    private readonly box: HTMLElement, private readonly config: MapConfig, private readonly period: Period,
    private readonly map: () => Promise<HomeMap | undefined>,
  ) {
    this.on('[data-play]', () => { if (this.timer) this.pause(); else void this.play(); });
    this.on('[data-stop]', () => this.stop(true));
    for (const button of box.querySelectorAll<HTMLElement>('[data-step]')) {
      button.addEventListener('click', () => { this.pause(); this.show(this.month + Number(button.dataset['step'])); });
    }
    box.closest('[data-map]')?.addEventListener('keydown', (event) => {
      if ((event as KeyboardEvent).key === 'Escape' && this.film) this.stop(true);
    });
    // The style is made anew in other colours, without the film.
    document.addEventListener('theme', () => this.stop());
  }

  /** Back to the map as it was. ``focus``: the button that stopped it is gone, so the focus goes to the one that starts it. */
  stop(focus = false): void {
    this.pause();
    this.asked++;
    const had = this.film;
    this.film = undefined;
    this.say('');
    this.controls();
    this.period.markNow(undefined);
    if (had) void this.map().then((map) => map?.endFilm());
    if (had && focus) this.box.querySelector<HTMLElement>('[data-play]')?.focus();
  }

  private async play(): Promise<void> {
    if (!this.film && !await this.load()) return;
    if (this.month >= (this.film?.months.length ?? 0) - 1) this.show(0);
    if (STILL.matches) return;
    this.timer = window.setInterval(() => this.next(), STEP_MS);
    this.controls();
  }

  private next(): void {
    this.show(this.month + 1);
    if (this.month >= (this.film?.months.length ?? 0) - 1) this.pause();
  }

  private pause(): void {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.controls();
  }

  private async load(): Promise<boolean> {
    const mine = ++this.asked;
    this.say(word(this.config, 'playing'));
    const map = await this.map();
    const film = map && await this.fetchMonths(map.seen());
    if (mine !== this.asked) return false;
    const problem = !film ? 'noMonths' : film.counts.some(({count}) => count.length) ? '' : 'emptyMonths';
    this.say(problem && word(this.config, problem));
    if (!film || problem) return false;
    this.film = film;
    this.show(0);
    return true;
  }

  private async fetchMonths(seen: readonly number[]): Promise<Months | undefined> {
    const layer = this.config.layers?.find((one) => one.months && one.on);
    if (!layer) return undefined;
    const query = new URLSearchParams(queryOf(this.config, layer.name));
    const [first, last] = this.period.span;
    // Without a choice the last year; a long choice from its end.
    const begin = Math.max(first, last - (this.period.narrowed ? MOST : USUAL) + 1);
    query.delete('lang');
    query.set('from', firstDay(begin));
    query.set('to', lastDay(last));
    query.set('bbox', seen.map((edge) => edge.toFixed(5)).join(','));
    try {
      const answer = await fetch(`${layer.months}?${query.toString().replaceAll('%2C', ',')}`);
      return answer.ok ? await answer.json() as Months : undefined;
    } catch {
      return undefined;
    }
  }

  private show(month: number): void {
    const {film} = this;
    if (!film) return;
    this.month = Math.min(Math.max(month, 0), film.months.length - 1);
    const name = film.months[this.month] ?? '';
    void this.map().then((map) => { if (this.film === film) map?.showMonth(film, this.month); });
    const sum = (film.counts[this.month]?.count ?? []).reduce((one, other) => one + other, 0);
    this.say(sentence(this.config, 'month', {month: monthName(numberOf(name), this.config.language), number: numeral(this.config, sum)}));
    this.period.markNow(numberOf(name));
    this.controls();
  }

  private controls(): void {
    const playing = Boolean(this.timer);
    this.toggle('[data-steps]', !this.film);
    this.toggle('[data-when-still]', playing);
    this.toggle('[data-when-playing]', !playing);
    const label = this.box.querySelector('[data-play-word]');
    if (label) label.textContent = word(this.config, playing ? 'pause' : 'play');
    const now = this.box.querySelector('[data-now]');
    // A running film would talk without end; by hand each month is read out.
    now?.setAttribute('aria-live', playing ? 'off' : 'polite');
    for (const [step, end] of [[-1, 0], [1, (this.film?.months.length ?? 1) - 1]] as const) {
      this.box.querySelector(`[data-step="${step}"]`)?.setAttribute('aria-disabled', String(this.month === end));
    }
  }

  private toggle(selector: string, hidden: boolean): void {
    this.box.querySelector(selector)?.toggleAttribute('hidden', hidden);
  }

  private say(text: string): void {
    const now = this.box.querySelector('[data-now]');
    if (now) now.textContent = text;
  }

  private on(selector: string, listener: () => void): void {
    this.box.querySelector(selector)?.addEventListener('click', listener);
  }
}

// Rows ([data-row]) of a staff page and the map beside them: hover or focus a row and its pin lights; press a pin and its row comes into view.
import {readConfig} from '../map/config';

export class Rows {
  readonly all = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  private at = -1;
  private onLight: (number: number | undefined) => void = () => undefined;

  constructor() {
    for (const [index, row] of this.all.entries()) {
      row.addEventListener('pointerenter', () => this.onLight(Number(row.dataset['row'])));
      row.addEventListener('focusin', () => { this.mark(index); });
    }
  }

  /** Go to the row `step` away and put the focus on its link, so that Enter opens it. */
  move(step: number): void {
    const next = Math.min(Math.max(this.at + step, 0), this.all.length - 1);
    this.focus(this.all[next]);
  }

  focus(row: HTMLElement | undefined): void {
    const smooth = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    row?.scrollIntoView({block: 'center', behavior: smooth ? 'smooth' : 'auto'});
    row?.querySelector<HTMLElement>('a')?.focus({preventScroll: true});
  }

  current(): HTMLElement | undefined {
    return this.all[this.at];
  }

  drawMap(numbered: boolean): void {
    const frame = document.querySelector<HTMLElement>('[data-staff-map]');
    if (!frame) return;
    void import('./map').then(async ({drawStaffMap}) => {
      const map = await drawStaffMap(frame, readConfig(frame), numbered, (number) => {
        this.focus(this.all.find((row) => row.dataset['row'] === String(number)));
      });
      if (map) this.onLight = (number) => map.light(number);
    });
  }

  private mark(index: number): void {
    this.current()?.classList.remove('is-lit');
    this.at = index;
    const row = this.current();
    row?.classList.add('is-lit');
    this.onLight(Number(row?.dataset['row']));
  }
}

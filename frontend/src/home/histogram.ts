// Bars of months behind the two thumbs of the period. The middle of a bar is where the middle of a thumb stands on its month.
const THUMB = 44; // as in _period.scss
const HEIGHT = 40;
const SVG = 'http://www.w3.org/2000/svg';

export class Histogram {
  private sums: number[] = [];
  private chosen: [number, number] = [0, 0];
  private now = -1;

  constructor(private readonly picture: SVGElement) {
    new ResizeObserver(() => this.draw()).observe(picture.parentElement ?? picture);
  }

  show(sums: number[]): void {
    this.sums = sums;
    this.draw();
  }

  /** Mark the months from ``first`` to ``last``, and the one that is on the screen of the film (-1 for none). */
  mark(first: number, last: number, now = -1): void {
    this.chosen = [first, last];
    this.now = now;
    for (const [index, bar] of [...this.picture.children].entries()) bar.setAttribute('class', this.kind(index));
  }

  private kind(index: number): string {
    if (index === this.now) return 'is-now';
    return index >= this.chosen[0] && index <= this.chosen[1] ? 'is-in' : '';
  }

  private draw(): void {
    const width = this.picture.getBoundingClientRect().width;
    const {length} = this.sums;
    if (!width || !length) { this.picture.replaceChildren(); return; }
    const step = length > 1 ? (width - THUMB) / (length - 1) : THUMB;
    const most = Math.max(...this.sums, 1);
    this.picture.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    this.picture.replaceChildren(...this.sums.map((sum, index) => {
      const bar = document.createElementNS(SVG, 'rect');
      const tall = sum ? Math.max(2, (HEIGHT - 2) * sum / most) : 1;
      const wide = Math.max(1, step - Math.min(2, step / 4));
      const middle = length > 1 ? THUMB / 2 + step * index : width / 2;
      const place = {x: middle - wide / 2, y: HEIGHT - tall, width: wide, height: tall};
      for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value.toFixed(1));
      bar.setAttribute('class', this.kind(index));
      return bar;
    }));
  }
}

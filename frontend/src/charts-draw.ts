// Draws one chart by Observable Plot. Colours are the page's own tokens, so that both themes fit; series differ by form as well.
import * as Plot from '@observablehq/plot';
import type {Chart} from './charts';

const COLOURS = ['var(--layer-3)', 'var(--layer-5)', 'var(--layer-4)', 'var(--layer-0)', 'var(--layer-2)'];
const SYMBOLS: [form: Plot.SymbolType, letter: string][] = [
  ['triangle', '▲'], ['square', '■'], ['diamond', '◆'], ['circle', '●'], ['star', '★'],
];
const LEAST_PX = 200; // before the page is laid out there is no width to draw on
const PADDING_PX = 26;

export function drawChart(figure: HTMLElement, chart: Chart): void {
  let width = 0;
  const draw = (): void => {
    const room = figure.clientWidth - PADDING_PX;
    if (room === width || room < LEAST_PX) return;
    width = room;
    const drawing = chart.form === 'years' ? years(chart, width) : bars(chart, width);
    // The library brings a style sheet of its own, which our policy refuses; ours has the same rules. It is taken out before
    // the drawing becomes part of the page.
    drawing.querySelectorAll('style').forEach((sheet) => { sheet.remove(); });
    drawing.setAttribute('aria-hidden', 'true'); // the table says the same, better
    figure.querySelector('.plot')?.remove();
    figure.querySelector('figcaption')?.before(drawing);
    figure.dataset['drawn'] = '1';
  };
  if (chart.form === 'years') figure.prepend(legend(chart));
  draw();
  new ResizeObserver(draw).observe(figure);
}

function legend(chart: Chart): HTMLUListElement {
  const list = document.createElement('ul');
  list.className = 'chart-legend';
  list.setAttribute('aria-hidden', 'true'); // the table has the same names
  chart.series.forEach((name, number) => {
    const item = document.createElement('li');
    item.className = `series-${number % SYMBOLS.length}`;
    item.textContent = `${SYMBOLS[number % SYMBOLS.length]?.[1] ?? ''} ${name}`;
    list.append(item);
  });
  return list;
}

function years(chart: Chart, width: number): SVGSVGElement | HTMLElement {
  const order = [...new Set(chart.points.map(({name}) => name))].sort();
  const colour = (point: {series: string}): string => COLOURS[chart.series.indexOf(point.series) % COLOURS.length] ?? 'currentColor';
  return Plot.plot({
    ...common(chart, width, 280),
    x: {type: 'point', domain: order, label: null},
    y: {grid: true, zero: true, label: chart.currency, tickFormat: short},
    symbol: {domain: chart.series, range: SYMBOLS.map(([form]) => form)},
    marginLeft: 56,
    marginTop: 32, // the name of the axis stands above its highest number
    marginRight: 20,
    marks: [
      Plot.ruleY([0]),
      Plot.line(chart.points, {x: 'name', y: 'amount', z: 'series', sort: 'name', stroke: colour, strokeWidth: 2}),
      Plot.dot(chart.points, {x: 'name', y: 'amount', symbol: 'series', fill: colour, stroke: colour, r: 4}),
    ],
  });
}

function bars(chart: Chart, width: number): SVGSVGElement | HTMLElement {
  const names = chart.points.map(({name}) => name);
  const left = Math.min(width * 0.42, 14 + Math.max(...names.map(({length}) => length)) * 7.5);
  const room = Math.max(8, Math.floor(left / 7.5) - 1);
  return Plot.plot({
    ...common(chart, width, 40 + names.length * 28),
    x: {grid: true, label: `${chart.series[0] ?? ''}, ${chart.currency}`, tickFormat: short, ticks: Math.max(2, Math.floor(width / 140))},
    y: {domain: names, label: null, tickFormat: (name: string) => (name.length > room ? `${name.slice(0, room - 1)}…` : name)},
    marginLeft: left,
    marginRight: 24,
    marks: [Plot.barX(chart.points, {x: 'amount', y: 'name', fill: 'var(--layer-0)'}), Plot.ruleX([0])],
  });
}

function common(chart: Chart, width: number, height: number): Plot.PlotOptions {
  return {className: 'plot', width, height: Math.max(height, 120), ariaLabel: chart.series.join(', ')};
}

function short(amount: number): string {
  return amount.toLocaleString(document.documentElement.lang, {notation: 'compact', maximumFractionDigits: 1});
}

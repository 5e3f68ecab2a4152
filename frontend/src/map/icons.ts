// The drawings of the lists (states of reports, progress of works) and the marks of other layers, turned into map images when the map asks for them: one source for pins, legend and list.
import type {Map as MlMap} from 'maplibre-gl';
import circle from '../../templates/components/icons/layer-circle.svg?raw';
import diamond from '../../templates/components/icons/layer-diamond.svg?raw';
import square from '../../templates/components/icons/layer-square.svg?raw';
import triangle from '../../templates/components/icons/layer-triangle.svg?raw';
import declined from '../../templates/components/icons/state-declined.svg?raw';
import fixed from '../../templates/components/icons/state-fixed.svg?raw';
import inProgress from '../../templates/components/icons/state-in_progress.svg?raw';
import fresh from '../../templates/components/icons/state-new.svg?raw';
import worksCancelled from '../../templates/components/icons/works-cancelled.svg?raw';
import worksFinished from '../../templates/components/icons/works-finished.svg?raw';
import worksPlanned from '../../templates/components/icons/works-planned.svg?raw';
import worksRunning from '../../templates/components/icons/works-running.svg?raw';
import worksUnknown from '../../templates/components/icons/works-unknown.svg?raw';
import {isDark} from '../theme';
import {token} from './palette';
import type {PublicState} from './config';
import type {Progress} from './progress';

const SVG: Record<PublicState, string> = {new: fresh, in_progress: inProgress, fixed, declined};
const TOKEN: Record<PublicState, string> = {new: 'new', in_progress: 'progress', fixed: 'fixed', declined: 'declined'};
/** By the number of a layer's symbol, as in map_symbol.html. */
const MARKS = [diamond, square, triangle, circle, diamond, square];
const WORKS: Record<Progress, string> = {
  planned: worksPlanned, running: worksRunning, finished: worksFinished, cancelled: worksCancelled, unknown: worksUnknown,
};
const WORKS_TOKEN: Record<Progress, string> = {planned: 'new', running: 'progress', finished: 'fixed', cancelled: 'declined', unknown: 'declined'};
const SIZE = 26;
const RATIO = 2;

export function iconName(state: PublicState, dark: boolean): string {
  return `state-${state}-${dark ? 'dark' : 'light'}`;
}

export function markName(symbol: number, dark: boolean): string {
  return `mark-${symbol}-${dark ? 'dark' : 'light'}`;
}

export function workName(progress: Progress, dark: boolean): string {
  return `work-${progress}-${dark ? 'dark' : 'light'}`;
}

function coloured(svg: string, colour: string): string {
  return svg.replaceAll('currentColor', token(colour)).replaceAll('#fff', token('state-paper'));
}

export function stateSvg(state: PublicState): string {
  return coloured(SVG[state], TOKEN[state]);
}

async function draw(svg: string): Promise<ImageData> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  const side = SIZE * RATIO;
  canvas.width = canvas.height = side;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('no 2d canvas');
  // A ring in the colour of the page keeps neighbours apart and the pin readable on any ground.
  pen.fillStyle = token('state-paper');
  pen.beginPath();
  pen.arc(side / 2, side / 2, side / 2, 0, Math.PI * 2);
  pen.fill();
  const inset = 2 * RATIO;
  pen.drawImage(image, inset, inset, side - 2 * inset, side - 2 * inset);
  return pen.getImageData(0, 0, side, side);
}

function svgOf(id: string): string | undefined {
  const [kind, name] = /^(state|mark|work)-(\w+)-(?:light|dark)$/.exec(id)?.slice(1) ?? [];
  if (kind === 'state' && name && name in SVG) return stateSvg(name as PublicState);
  if (kind === 'work' && name && name in WORKS) return coloured(WORKS[name as Progress], WORKS_TOKEN[name as Progress]);
  const mark = kind === 'mark' ? MARKS[Number(name)] : undefined;
  return mark && coloured(mark, `layer-${name}`);
}

export function supplyIcons(map: MlMap): void {
  map.setMissingStyleImageResolver(async (id: string) => {
    if (!id.endsWith(isDark() ? 'dark' : 'light')) return;
    const svg = svgOf(id);
    if (!svg) return;
    const image = await draw(svg);
    // The resolver can run twice at once; the second must not add again.
    if (!map.hasImage(id)) map.addImage(id, image, {pixelRatio: RATIO});
  });
}

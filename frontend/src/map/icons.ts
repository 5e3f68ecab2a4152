// The four state drawings of the lists, turned into map images when the map asks for them: one source for pins, legend and list.
import type {Map as MlMap} from 'maplibre-gl';
import declined from '../../templates/components/icons/state-declined.svg?raw';
import fixed from '../../templates/components/icons/state-fixed.svg?raw';
import inProgress from '../../templates/components/icons/state-in_progress.svg?raw';
import fresh from '../../templates/components/icons/state-new.svg?raw';
import {isDark} from '../theme';
import {token} from './palette';
import type {PublicState} from './config';

const SVG: Record<PublicState, string> = {new: fresh, in_progress: inProgress, fixed, declined};
const TOKEN: Record<PublicState, string> = {new: 'new', in_progress: 'progress', fixed: 'fixed', declined: 'declined'};
const SIZE = 26;
const RATIO = 2;

export function iconName(state: PublicState, dark: boolean): string {
  return `state-${state}-${dark ? 'dark' : 'light'}`;
}

export function stateSvg(state: PublicState): string {
  return SVG[state].replaceAll('currentColor', token(TOKEN[state])).replaceAll('#fff', token('state-paper'));
}

async function draw(state: PublicState): Promise<ImageData> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(stateSvg(state))}`;
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

export function supplyIcons(map: MlMap): void {
  map.setMissingStyleImageResolver(async (id: string) => {
    const state = /^state-(\w+)-(?:light|dark)$/.exec(id)?.[1] as PublicState | undefined;
    if (!state || !(state in SVG)) return;
    if (!id.endsWith(isDark() ? 'dark' : 'light')) return;
    const image = await draw(state);
    // The resolver can run twice at once; the second must not add again.
    if (!map.hasImage(id)) map.addImage(id, image, {pixelRatio: RATIO});
  });
}

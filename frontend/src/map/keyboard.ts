// The map by keys alone: MapLibre moves and zooms it, a cross marks the middle, Enter opens what is nearest the cross, Escape closes it.
import type {Map as MlMap} from 'maplibre-gl';
import {type MapConfig, word} from './config';
import type {Picker} from './pick';

export function watchKeyboard(map: MlMap, frame: HTMLElement, config: MapConfig, picker: Picker): void {
  if (!config.words['keys']) return; // a map in another site's frame has no such words
  const canvas = map.getCanvas();
  const help = document.createElement('p');
  help.className = 'map-keys';
  help.id = 'map-keys';
  help.textContent = word(config, 'keys');
  const cross = document.createElement('span');
  cross.className = 'map-cross';
  cross.setAttribute('aria-hidden', 'true');
  frame.append(cross, help);
  canvas.setAttribute('aria-describedby', help.id);
  // A click focuses the canvas as well; only keys call for the cross.
  canvas.addEventListener('focus', () => frame.classList.toggle('is-keyed', canvas.matches(':focus-visible')));
  canvas.addEventListener('blur', () => frame.classList.remove('is-keyed'));
  canvas.addEventListener('keydown', (event) => {
    frame.classList.add('is-keyed');
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    say(frame, picker.openNearest() ? '' : word(config, 'nothingNear'));
  });
  canvas.addEventListener('pointerdown', () => frame.classList.remove('is-keyed'));
  frame.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && picker.close()) event.stopPropagation();
  });
  map.on('movestart', () => say(frame, ''));
}

/** Say a sentence over the map, to eyes and to screen readers; '' takes it away. */
export function say(frame: HTMLElement, text: string): void {
  const status = frame.querySelector('[data-map-status]');
  if (status && status.textContent !== text) status.textContent = text;
}

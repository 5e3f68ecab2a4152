// A still map of one place: the public page of a report.
import {Marker} from 'maplibre-gl';
import type {MapConfig} from './config';
import {createMap} from './create';
import {stateSvg} from './icons';

export async function drawPlace(frame: HTMLElement, config: MapConfig): Promise<void> {
  const {pin} = config;
  const map = await createMap(frame, config, pin ? {center: [pin.lon, pin.lat], zoom: 16, cooperativeGestures: false} : {});
  if (!map || !pin) return;
  map.scrollZoom.disable(); // the page scrolls over it; the buttons zoom
  const image = document.createElement('img');
  image.className = 'place-pin';
  image.alt = '';
  const show = (): void => { image.src = `data:image/svg+xml,${encodeURIComponent(stateSvg(pin.state ?? 'new'))}`; };
  show();
  document.addEventListener('theme', show);
  new Marker({element: image}).setLngLat([pin.lon, pin.lat]).addTo(map);
}

// The map of some works: the street or district they belong to beneath, each work by how far it has come, a card for each with the way to its page.
import type {FeatureCollection} from 'geojson';
import type {GeoJSONSource, Map as MlMap, MapMouseEvent} from 'maplibre-gl';
import {isDark} from '../theme';
import {cardOfFound, openCard} from './card';
import {type Bounds, type MapConfig} from './config';
import {createMap} from './create';
import {token} from './palette';
import {groundShapes, works} from './progress';

const WORKS = 'works';
const GROUND = 'ground-shapes';
const EMPTY: FeatureCollection = {type: 'FeatureCollection', features: []};
const FINGER = 8;

/** The bounds of the city, widened to what is shown: a source may tell of works beyond them. */
function room(city: Bounds, [west, south, east, north]: Bounds): Bounds {
  const dx = Math.max(city[2] - city[0], east - west) * 0.6;
  const dy = Math.max(city[3] - city[1], north - south) * 0.6;
  return [Math.max(-180, Math.min(city[0], west) - dx), Math.max(-85, Math.min(city[1], south) - dy),
    Math.min(180, Math.max(city[2], east) + dx), Math.min(85, Math.max(city[3], north) + dy)];
}

export async function drawWorks(frame: HTMLElement, config: MapConfig): Promise<void> {
  const area = config.area ?? config.bounds;
  const map = await createMap(frame, config, {
    bounds: area, fitBoundsOptions: {padding: 36, maxZoom: 16.5}, maxBounds: room(config.bounds, area),
  });
  if (!map) return;
  map.scrollZoom.disable(); // the page scrolls over it; the buttons zoom
  fold(frame);
  const add = (): void => {
    source(map, GROUND, config.ground ?? EMPTY);
    source(map, WORKS, config.works ?? EMPTY);
    for (const layer of [...groundShapes(GROUND), ...works(WORKS, ['get', 'progress'], isDark())]) {
      if (!map.getLayer(layer.id)) map.addLayer(layer);
    }
    frame.dataset['worksDrawn'] = token('ink'); // tests and screenshots wait for it; the value tells the theme
  };
  map.on('style.load', add);
  if (map.isStyleLoaded()) add();
  map.on('click', (event) => { open(map, event, config); });
  map.on('mousemove', (event) => { map.getCanvas().style.cursor = met(map, event).length ? 'pointer' : ''; });
}

/** The sources of so small a map stand folded behind their button: unfolded they hide half of it, and the foot of the page has them in full. */
function fold(frame: HTMLElement): void {
  const credits = frame.querySelector('.maplibregl-ctrl-attrib');
  credits?.removeAttribute('open');
  credits?.classList.remove('maplibregl-compact-show');
}

function source(map: MlMap, name: string, data: FeatureCollection): void {
  const there = map.getSource(name) as GeoJSONSource | undefined;
  if (there) there.setData(data); else map.addSource(name, {type: 'geojson', data});
}

function met(map: MlMap, {point: {x, y}}: MapMouseEvent): ReturnType<MlMap['queryRenderedFeatures']> {
  const layers = map.getStyle().layers.map(({id}) => id).filter((id) => id.startsWith(`${WORKS}:`));
  return layers.length ? map.queryRenderedFeatures([[x - FINGER, y - FINGER], [x + FINGER, y + FINGER]], {layers}) : [];
}

function open(map: MlMap, event: MapMouseEvent, config: MapConfig): void {
  const [feature] = met(map, event);
  if (!feature) return;
  const {title, about, href} = feature.properties as Record<string, string | undefined>;
  const at = feature.geometry.type === 'Point' ? feature.geometry.coordinates as [number, number] : event.lngLat;
  openCard(map, at, cardOfFound({title: title ?? '', detail: about ?? '', href: href ?? ''}, config));
}

// The map of the home page: pins open a card, list rows light their pin, "search in this area" goes into the address, layers come and go.
import type {GeoJSONSource, Map as MlMap, VectorTileSource} from 'maplibre-gl';
import type {Filters} from '../home/filters';
import type {Found} from '../home/search';
import {cardOfFound, openCard} from './card';
import {type Bounds, isOn, type LayerChoice, type MapConfig} from './config';
import {createMap, style} from './create';
import {Film, type Months} from './film';
import {keepFresh} from './fresh';
import {watchKeyboard} from './keyboard';
import {LIT, tileAddress} from './layers';
import {Picker} from './pick';

const CLOSE = 17;

export interface HomeMap {
  /** Draw what a fresh page tells: its filters and the layers that are on. */
  update(fresh: Pick<MapConfig, 'query' | 'queries'>): void;
  switchLayers(layers: LayerChoice[]): void;
  /** Move to something that was found, and mark it. */
  goTo(found: Found): void;
  /** West, south, east, north of what is seen, in degrees. */
  seen(): Bounds;
  showMonth(film: Months, month: number): void;
  endFilm(): void;
  /** Calls back at once and whenever the zoom or the theme has changed. */
  onZoom(listener: (zoom: number) => void): void;
}

export async function drawHome(
  home: HTMLElement, frame: HTMLElement, config: MapConfig, filters: Filters,
): Promise<HomeMap | undefined> {
  const map = await createMap(frame, config, {hash: 'map'});
  if (!map) return undefined;
  const picker = new Picker(map, home, config);
  const film = new Film(map, config);
  let drawn = names(config);
  watchPins(map, picker);
  watchKeyboard(map, frame, config, picker);
  watchRows(map, home);
  watchArea(map, frame, filters);
  keepFresh(map, config);
  return {
    update: (fresh) => update(map, config, fresh),
    switchLayers: (layers) => {
      config.layers = layers;
      if (drawn === (drawn = names(config))) return;
      map.setStyle(style(config)); // by difference: what stays is not drawn anew
    },
    goTo: (found) => goTo(map, picker, config, found),
    seen: () => seen(map),
    showMonth: (months, month) => film.show(months, month),
    endFilm: () => film.end(),
    onZoom: (listener) => { listener(map.getZoom()); map.on('zoomend', () => listener(map.getZoom())); },
  };
}

function names(config: MapConfig): string {
  return Object.keys(config.tiles).filter((name) => isOn(config, name)).join(' ');
}

function update(map: MlMap, config: MapConfig, fresh: Pick<MapConfig, 'query' | 'queries'>): void {
  const before = Object.keys(config.tiles).map((name) => [name, tileAddress(config, name)] as const);
  Object.assign(config, {query: fresh.query, queries: fresh.queries}); // a later change of theme rebuilds the style from it
  for (const [name, old] of before) {
    const address = tileAddress(config, name);
    const source = map.getSource(name) as VectorTileSource | undefined;
    if (!source || address === old) continue;
    if (config.tiles[name]?.json) source.setUrl(address); else source.setTiles([address]);
  }
}

function light(map: MlMap, place: [number, number] | undefined): void {
  const features = place ? [{type: 'Feature' as const, properties: {}, geometry: {type: 'Point' as const, coordinates: place}}] : [];
  (map.getSource(LIT) as GeoJSONSource | undefined)?.setData({type: 'FeatureCollection', features});
}

function goTo(map: MlMap, picker: Picker, config: MapConfig, found: Found): void {
  const {lon, lat, box} = found;
  if (box && (box[0] < box[2] || box[1] < box[3])) {
    map.fitBounds(box, {padding: 48, maxZoom: CLOSE});
  } else if (lon !== null && lat !== null) map.easeTo({center: [lon, lat], zoom: Math.max(map.getZoom(), CLOSE)});
  if (lon === null || lat === null) return;
  light(map, [lon, lat]);
  const card = openCard(map, [lon, lat], cardOfFound(found, config));
  picker.keep(card);
  card.on('close', () => light(map, undefined));
}

function seen(map: MlMap): Bounds {
  const {_sw: low, _ne: high} = map.getBounds();
  return [low.lng, low.lat, high.lng, high.lat];
}

function watchPins(map: MlMap, picker: Picker): void {
  map.on('click', (event) => { picker.open(event.point); });
  // A glance per picture is enough: pointers tell of their way far more often.
  let waiting = false;
  map.on('mousemove', (event) => {
    if (waiting || map.isMoving()) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      map.getCanvas().style.cursor = picker.at(event.point).length ? 'pointer' : '';
    });
  });
}

function watchRows(map: MlMap, home: HTMLElement): void {
  const lightRow = (event: Event): void => {
    const row = (event.target as Element).closest<HTMLElement>('.report-list [data-lon]');
    if (!row && event.type === 'focusin' && (event.target as Element).closest('.pin-card')) return; // the card of what is lit
    const lon = Number(row?.dataset['lon'] ?? NaN);
    const lat = Number(row?.dataset['lat'] ?? NaN);
    light(map, Number.isFinite(lon) && Number.isFinite(lat) ? [lon, lat] : undefined);
  };
  home.addEventListener('pointerover', lightRow);
  home.addEventListener('focusin', lightRow);
}

function watchArea(map: MlMap, frame: HTMLElement, filters: Filters): void {
  const button = frame.querySelector<HTMLButtonElement>('[data-search-here]');
  if (!button) return;
  map.on('moveend', (event) => { if (event.originalEvent) button.hidden = false; });
  button.addEventListener('click', () => {
    const box = seen(map).map((n) => n.toFixed(5)).join(',');
    button.hidden = true;
    map.getCanvas().focus();
    void filters.go(filters.address({bbox: box}));
  });
}

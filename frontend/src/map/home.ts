// The map of the home page: pins open a card, list rows light their pin, "search in this area" goes into the address.
import type {GeoJSONSource, Map as MlMap, MapGeoJSONFeature, MapMouseEvent, Popup, VectorTileSource} from 'maplibre-gl';
import type {Filters} from '../home/filters';
import {showCard} from './card';
import type {MapConfig} from './config';
import {createMap} from './create';
import {CELLS, LIT, LONE, PINS, tileUrl} from './layers';

export interface HomeMap {
  showQuery(query: string): void;
}

export async function drawHome(
  home: HTMLElement, frame: HTMLElement, config: MapConfig, filters: Filters,
): Promise<HomeMap | undefined> {
  const map = await createMap(frame, config, {hash: 'map'});
  if (!map) return undefined;
  watchPins(map, home, config);
  watchRows(map, home);
  watchArea(map, frame, filters);
  return {
    showQuery(query: string): void {
      config.query = query; // a later change of theme rebuilds the style from it
      (map.getSource('appeals') as VectorTileSource | undefined)?.setTiles([tileUrl(config, 'appeals', query)]);
    },
  };
}

function watchPins(map: MlMap, home: HTMLElement, config: MapConfig): void {
  let card: Popup | undefined;
  const hit = (event: MapMouseEvent): MapGeoJSONFeature | undefined => {
    const {x, y} = event.point;
    const reach = 8; // a finger is not a needle
    const layers = [PINS, LONE, CELLS].filter((id) => map.getLayer(id));
    return map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], {layers})[0];
  };
  map.on('click', (event) => {
    const feature = hit(event);
    card?.remove();
    if (!feature) return;
    if (feature.layer.id !== PINS) {
      map.easeTo({center: event.lngLat, zoom: Math.min(map.getZoom() + 2, 16)});
      return;
    }
    card = showCard(map, feature, config);
    const id = String(feature.properties['id']);
    const row = home.querySelector(`[data-id="${CSS.escape(id)}"]`);
    row?.classList.add('is-lit');
    row?.scrollIntoView({block: 'nearest'});
    card.on('close', () => row?.classList.remove('is-lit'));
  });
  map.on('mousemove', (event) => { map.getCanvas().style.cursor = hit(event) ? 'pointer' : ''; });
}

function watchRows(map: MlMap, home: HTMLElement): void {
  const light = (row: HTMLElement | null): void => {
    const lon = Number(row?.dataset['lon'] ?? NaN);
    const lat = Number(row?.dataset['lat'] ?? NaN);
    const features = Number.isFinite(lon) && Number.isFinite(lat)
      ? [{type: 'Feature' as const, properties: {}, geometry: {type: 'Point' as const, coordinates: [lon, lat]}}] : [];
    (map.getSource(LIT) as GeoJSONSource | undefined)?.setData({type: 'FeatureCollection', features});
  };
  const rowOf = (event: Event): HTMLElement | null => (event.target as Element).closest<HTMLElement>('.report-list [data-lon]');
  home.addEventListener('pointerover', (event) => light(rowOf(event)));
  home.addEventListener('focusin', (event) => light(rowOf(event)));
}

function watchArea(map: MlMap, frame: HTMLElement, filters: Filters): void {
  const button = frame.querySelector<HTMLButtonElement>('[data-search-here]');
  if (!button) return;
  map.on('moveend', (event) => { if (event.originalEvent) button.hidden = false; });
  button.addEventListener('click', () => {
    const {_sw: low, _ne: high} = map.getBounds();
    const box = [low.lng, low.lat, high.lng, high.lat].map((n) => n.toFixed(5)).join(',');
    button.hidden = true;
    map.getCanvas().focus();
    void filters.go(filters.address('bbox', box));
  });
}

// The map of a staff page: the reports of the list beside it, as features with the row's number. Row and pin light each other.
import {LngLatBounds, type GeoJSONSource, type LayerSpecification, type Map as MlMap} from 'maplibre-gl';
import type {MapConfig, PublicState} from '../map/config';
import {createMap} from '../map/create';
import {FONT} from '../map/ground';
import {iconName} from '../map/icons';
import {LIT} from '../map/layers';
import {token} from '../map/palette';
import {isDark} from '../theme';

const SOURCE = 'rows';
const STATES: PublicState[] = ['new', 'in_progress', 'fixed', 'declined'];

function layers(numbered: boolean): LayerSpecification[] {
  const dark = isDark();
  if (!numbered) {
    return [{id: SOURCE, type: 'symbol', source: SOURCE, layout: {
      'icon-image': ['match', ['get', 'state'], ...STATES.flatMap((s) => [s, iconName(s, dark)]), ''] as never,
      'icon-allow-overlap': true,
    }}];
  }
  return [
    {id: SOURCE, type: 'circle', source: SOURCE, paint: {'circle-radius': 15, 'circle-color': token('plate'),
      'circle-stroke-color': token('state-paper'), 'circle-stroke-width': 2}},
    {id: 'row-numbers', type: 'symbol', source: SOURCE, layout: {'text-field': ['to-string', ['get', 'number']], 'text-font': FONT,
      'text-size': 14, 'text-allow-overlap': true}, paint: {'text-color': token('plate-ink')}},
  ];
}

interface StaffMap {
  light(number: number | undefined): void;
}

export async function drawStaffMap(
  frame: HTMLElement, config: MapConfig, numbered: boolean, picked: (number: number) => void,
): Promise<StaffMap | undefined> {
  const features = config.features ?? {type: 'FeatureCollection' as const, features: []};
  const points = features.features.map((f) => f.geometry.coordinates as [number, number]);
  const bounds = points.reduce((box, point) => box.extend(point), new LngLatBounds());
  const map = await createMap(frame, config, points.length ? {bounds, fitBoundsOptions: {padding: 84, maxZoom: 16.5}} : {});
  if (!map) return undefined;
  const add = (): void => {
    if (!map.getSource(SOURCE)) map.addSource(SOURCE, {type: 'geojson', data: features});
    for (const layer of layers(numbered)) if (!map.getLayer(layer.id)) map.addLayer(layer);
  };
  map.on('style.load', add);
  if (map.isStyleLoaded()) add();
  watch(map, picked);
  return {
    light(number: number | undefined): void {
      const lit = features.features.filter((feature) => feature.properties?.['number'] === number);
      (map.getSource(LIT) as GeoJSONSource | undefined)?.setData({type: 'FeatureCollection', features: lit});
      const point = lit[0]?.geometry.coordinates as [number, number] | undefined;
      if (point && !map.getBounds().contains(point)) map.easeTo({center: point});
    },
  };
}

function watch(map: MlMap, picked: (number: number) => void): void {
  map.on('click', SOURCE, (event) => {
    const number = Number(event.features?.[0]?.properties['number']);
    if (Number.isFinite(number)) picked(number);
  });
  map.on('mouseenter', SOURCE, () => { map.getCanvas().style.cursor = 'pointer'; });
  map.on('mouseleave', SOURCE, () => { map.getCanvas().style.cursor = ''; });
}

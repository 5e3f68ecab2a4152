// Our own layers on the ground: districts, reports as counted circles from afar, as state pins near by.
import type {ExpressionSpecification, LayerSpecification, SourceSpecification} from 'maplibre-gl';
import type {MapConfig} from './config';
import {FONT} from './ground';
import {iconName} from './icons';
import {ground, token} from './palette';

export const PINS = 'appeal-pins';
export const CELLS = 'appeal-cells';
export const LONE = 'appeal-lone-cells';
export const LIT = 'lit';

const COUNT: ExpressionSpecification = ['to-number', ['get', 'count'], 0];
const SEVERAL: ExpressionSpecification = ['>', COUNT, 1];

export function tileUrl(config: MapConfig, layer: string, query = ''): string {
  const tail = query && layer === 'appeals' ? `?${query}` : '';
  return `${location.origin}${config.tiles[layer]?.url ?? ''}${tail}`;
}

export function ourSources(config: MapConfig): Record<string, SourceSpecification> {
  const sources: Record<string, SourceSpecification> = {
    [LIT]: {type: 'geojson', data: {type: 'FeatureCollection', features: []}},
  };
  for (const name of ['districts', 'appeals']) {
    const tiles = config.tiles[name];
    if (!tiles) continue;
    sources[name] = {
      type: 'vector', tiles: [tileUrl(config, name, config.query)], minzoom: tiles.minzoom, maxzoom: tiles.maxzoom,
    };
  }
  return sources;
}

function districts(dark: boolean): LayerSpecification[] {
  return [{
    id: 'district-lines', type: 'line', source: 'districts', 'source-layer': 'districts',
    paint: {'line-color': ground(dark).district, 'line-opacity': 0.45, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 0.8, 16, 2],
      'line-dasharray': [3, 2]},
  }];
}

function appeals(dark: boolean): LayerSpecification[] {
  const base = {source: 'appeals', 'source-layer': 'appeals'} as const;
  const icon: ExpressionSpecification = ['match', ['get', 'state'], 'new', iconName('new', dark), 'in_progress',
    iconName('in_progress', dark), 'fixed', iconName('fixed', dark), iconName('declined', dark)];
  const radius: ExpressionSpecification = ['interpolate', ['linear'], ['log10', ['max', COUNT, 1]], 0, 7, 1, 12, 2, 17, 3, 23, 4, 30];
  return [
    {id: LONE, type: 'symbol', ...base, filter: ['==', COUNT, 1], layout: {'icon-image': icon, 'icon-size': 0.6, 'icon-allow-overlap': true}},
    {id: CELLS, type: 'circle', ...base, filter: SEVERAL,
      layout: {'circle-sort-key': COUNT},
      paint: {'circle-radius': radius, 'circle-color': token('plate'), 'circle-opacity': 0.9,
        'circle-stroke-color': token('state-paper'), 'circle-stroke-width': 1.5}},
    {id: 'appeal-counts', type: 'symbol', ...base, filter: SEVERAL,
      layout: {'text-field': ['case', ['>=', COUNT, 10000], ['concat', ['to-string', ['round', ['/', COUNT, 1000]]], 'k'], ['to-string', COUNT]],
        'text-font': FONT, 'text-size': ['interpolate', ['linear'], ['log10', COUNT], 0.3, 11, 3, 14],
        'symbol-sort-key': ['-', 0, COUNT], 'text-padding': 0},
      paint: {'text-color': token('plate-ink')}},
    {id: PINS, type: 'symbol', ...base, filter: ['!', ['has', 'count']],
      layout: {'icon-image': icon, 'icon-size': ['interpolate', ['linear'], ['zoom'], 15, 0.72, 17, 1.05],
        'icon-allow-overlap': true, 'icon-padding': 0,
        'symbol-sort-key': ['match', ['get', 'state'], 'new', 3, 'in_progress', 2, 'fixed', 1, 0]}},
  ];
}

export function ourLayers(config: MapConfig, dark: boolean): LayerSpecification[] {
  const lit: LayerSpecification = {
    id: LIT, type: 'circle', source: LIT,
    paint: {'circle-radius': 19, 'circle-color': token('accent'), 'circle-opacity': 0.35, 'circle-stroke-color': token('ink'), 'circle-stroke-width': 2.5},
  };
  return [
    ...(config.tiles['districts'] ? districts(dark) : []),
    lit,
    ...(config.tiles['appeals'] ? appeals(dark) : []),
  ];
}

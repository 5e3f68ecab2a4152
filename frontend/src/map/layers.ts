// Our own layers on the ground: areas below, then lines, then points. Where points are counted, circles from afar and symbols near by.
// A part of a layer is called layer:part, so a click tells which layer it met.
import type {ExpressionSpecification, LayerSpecification, SourceSpecification} from 'maplibre-gl';
import {type Geometry, isOn, type MapConfig, queryOf, type TileLayer} from './config';
import {FONT} from './ground';
import {iconName} from './icons';
import {token} from './palette';
import {works} from './progress';
import {edges, fills, lines, marks} from './shapes';

export const LIT = 'lit';
/** From below to above. */
const ORDER: Geometry[] = ['polygon', 'line', 'mixed', 'point'];
const COUNT: ExpressionSpecification = ['to-number', ['get', 'count'], 0];
const SEVERAL: ExpressionSpecification = ['>', COUNT, 1];

function withQuery(address: string, query: string): string {
  return location.origin + address + (query && `?${query}`);
}

/** Where a layer's tiles are: their template, or the address of the description that names it. */
export function tileAddress(config: MapConfig, layer: string): string {
  const tiles = config.tiles[layer];
  return tiles ? withQuery(tiles.json || tiles.url, queryOf(config, layer)) : '';
}

export function ourSources(config: MapConfig): Record<string, SourceSpecification> {
  const sources: Record<string, SourceSpecification> = {
    [LIT]: {type: 'geojson', data: {type: 'FeatureCollection', features: []}},
  };
  // A layer that is off has no source at all: its description would be asked for although nobody sees it.
  for (const [name, tiles] of Object.entries(config.tiles).filter(([name]) => isOn(config, name))) {
    const address = tileAddress(config, name);
    sources[name] = tiles.json
      ? {type: 'vector', url: address}
      : {type: 'vector', tiles: [address], minzoom: tiles.minzoom, maxzoom: tiles.maxzoom};
  }
  return sources;
}

/** The circle of a counted cell, and its number. */
export function counted(id: string, source: {source: string; 'source-layer'?: string}): LayerSpecification[] {
  const radius: ExpressionSpecification = ['interpolate', ['linear'], ['log10', ['max', COUNT, 1]], 0, 7, 1, 12, 2, 17, 3, 23, 4, 30];
  return [
    {id: `${id}:cells`, type: 'circle', ...source, filter: SEVERAL,
      layout: {'circle-sort-key': COUNT},
      paint: {'circle-radius': radius, 'circle-color': token('plate'), 'circle-opacity': 0.9,
        'circle-stroke-color': token('state-paper'), 'circle-stroke-width': 1.5}},
    {id: `${id}:counts`, type: 'symbol', ...source, filter: SEVERAL,
      layout: {'text-field': ['case', ['>=', COUNT, 10000], ['concat', ['to-string', ['round', ['/', COUNT, 1000]]], 'k'], ['to-string', COUNT]],
        'text-font': FONT, 'text-size': ['interpolate', ['linear'], ['log10', COUNT], 0.3, 11, 3, 14],
        'symbol-sort-key': ['-', 0, COUNT], 'text-padding': 0},
      paint: {'text-color': token('plate-ink')}},
  ];
}

export function stateIcon(dark: boolean): ExpressionSpecification {
  return ['match', ['get', 'state'], 'new', iconName('new', dark), 'in_progress', iconName('in_progress', dark),
    'fixed', iconName('fixed', dark), iconName('declined', dark)];
}

function withStates(name: string, dark: boolean): LayerSpecification[] {
  const base = {source: name, 'source-layer': name} as const;
  const icon = stateIcon(dark);
  return [
    {id: `${name}:lone`, type: 'symbol', ...base, filter: ['==', COUNT, 1],
      layout: {'icon-image': icon, 'icon-size': 0.6, 'icon-allow-overlap': true}},
    ...counted(name, base),
    {id: `${name}:pins`, type: 'symbol', ...base, filter: ['!', ['has', 'count']],
      layout: {'icon-image': icon, 'icon-size': ['interpolate', ['linear'], ['zoom'], 15, 0.72, 17, 1.05],
        'icon-allow-overlap': true, 'icon-padding': 0,
        'symbol-sort-key': ['match', ['get', 'state'], 'new', 3, 'in_progress', 2, 'fixed', 1, 0]}},
  ];
}

function formOf({field, of}: {field: string; of: Record<string, string>}): ExpressionSpecification {
  return ['match', ['get', field], ...Object.entries(of).flat(), 'unknown'] as unknown as ExpressionSpecification;
}

function drawn(name: string, tiles: TileLayer, dark: boolean): LayerSpecification[] {
  if (tiles.value === 'state') return withStates(name, dark);
  if (tiles.forms) return works(name, formOf(tiles.forms), dark, name);
  switch (tiles.geometry) {
    case 'polygon': return edges(name, tiles.symbol);
    case 'line': return lines(name, tiles.symbol);
    case 'mixed': return [...fills(name, tiles.symbol), ...lines(name, tiles.symbol), ...marks(name, tiles.symbol, dark)];
    case 'point': return [...(tiles.value ? counted(name, {source: name, 'source-layer': name}) : []), ...marks(name, tiles.symbol, dark)];
  }
}

export function ourLayers(config: MapConfig, dark: boolean): LayerSpecification[] {
  const lit: LayerSpecification = {
    id: LIT, type: 'circle', source: LIT,
    paint: {'circle-radius': 19, 'circle-color': token('accent'), 'circle-opacity': 0.35, 'circle-stroke-color': token('ink'), 'circle-stroke-width': 2.5},
  };
  const rank = ([name, tiles]: [string, TileLayer]): number => ORDER.indexOf(tiles.geometry) + (tiles.value === 'state' ? 10 : name.length / 100);
  const entries = Object.entries(config.tiles).filter(([name]) => isOn(config, name)).sort((one, other) => rank(one) - rank(other));
  const parts = entries.map(([name, tiles]) => drawn(name, tiles, dark));
  // The ring of a chosen row lies under the topmost points, and over everything else.
  return [...parts.slice(0, -1).flat(), lit, ...parts.slice(-1).flat()];
}

// How any declared layer is drawn by its geometry: colour and form by the number of its symbol, as in the legend (map_symbol.html).
import type {ExpressionSpecification, LayerSpecification} from 'maplibre-gl';
import {markName} from './icons';
import {token} from './palette';

const kind = (name: string): ExpressionSpecification => ['==', ['geometry-type'], name];
const WIDTH: ExpressionSpecification = ['interpolate', ['linear'], ['zoom'], 10, 0.8, 16, 2];

function from(name: string): {source: string; 'source-layer': string} {
  return {source: name, 'source-layer': name};
}

function colour(symbol: number): string {
  return token(`layer-${symbol}`);
}

/** Areas that cover the city: their borders alone, or the whole map would be tinted. */
export function edges(name: string, symbol: number): LayerSpecification[] {
  return [{
    id: `${name}:edges`, type: 'line', ...from(name),
    paint: {'line-color': colour(symbol), 'line-opacity': 0.6, 'line-width': WIDTH, 'line-dasharray': [3, 2]},
  }];
}

/** Areas that stand alone. */
export function fills(name: string, symbol: number): LayerSpecification[] {
  const filter = kind('Polygon');
  return [
    {id: `${name}:areas`, type: 'fill', ...from(name), filter, paint: {'fill-color': colour(symbol), 'fill-opacity': 0.18}},
    {id: `${name}:edges`, type: 'line', ...from(name), filter, paint: {'line-color': colour(symbol), 'line-width': WIDTH}},
  ];
}

export function lines(name: string, symbol: number): LayerSpecification[] {
  return [{
    id: `${name}:lines`, type: 'line', ...from(name), filter: kind('LineString'),
    layout: {'line-cap': 'round', 'line-join': 'round'},
    paint: {'line-color': colour(symbol), 'line-opacity': 0.75, 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 1.5, 17, 4]},
  }];
}

export function marks(name: string, symbol: number, dark: boolean): LayerSpecification[] {
  return [{
    id: `${name}:pins`, type: 'symbol', ...from(name), filter: ['all', kind('Point'), ['!', ['has', 'count']]],
    layout: {'icon-image': markName(symbol, dark), 'icon-size': ['interpolate', ['linear'], ['zoom'], 14, 0.45, 18, 0.8],
      'icon-allow-overlap': true, 'icon-padding': 0},
  }];
}

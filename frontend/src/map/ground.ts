// The ground under the pins: our own quiet style on one PMTiles file with the layers water, green, buildings, roads, places.
// There is no glyphs address: labels are drawn from the page's own font, so Cyrillic and Latin come from one file.
import type {LayerSpecification, ExpressionSpecification} from 'maplibre-gl';
import {ground} from './palette';

export const FONT = ['Onest Variable'];
const SOURCE = 'ground';

type Kinds = readonly string[];
const MAJOR: Kinds = ['highway', 'major_road'];
const MINOR: Kinds = ['medium_road', 'minor_road', 'other'];

const oneOf = (kinds: Kinds): ExpressionSpecification => ['in', ['get', 'kind'], ['literal', [...kinds]]];

function width(z12: number, z16: number, z19: number): ExpressionSpecification {
  return ['interpolate', ['exponential', 1.6], ['zoom'], 12, z12, 16, z16, 19, z19];
}

function nameIn(language: string): ExpressionSpecification {
  return ['coalesce', ['get', `name:${language}`], ['get', 'name']];
}

export function groundLayers(dark: boolean, language: string): LayerSpecification[] {
  const c = ground(dark);
  const fill = (layer: string, color: string): LayerSpecification => (
    {id: layer, type: 'fill', source: SOURCE, 'source-layer': layer, paint: {'fill-color': color}}
  );
  const line = (id: string, kinds: Kinds, color: string, w: ExpressionSpecification): LayerSpecification => (
    {id, type: 'line', source: SOURCE, 'source-layer': 'roads', filter: oneOf(kinds),
      layout: {'line-cap': 'round', 'line-join': 'round'}, paint: {'line-color': color, 'line-width': w}}
  );
  return [
    {id: 'land', type: 'background', paint: {'background-color': c.land}},
    fill('green', c.green),
    fill('water', c.water),
    {id: 'buildings', type: 'fill', source: SOURCE, 'source-layer': 'buildings', minzoom: 13,
      paint: {'fill-color': c.building, 'fill-outline-color': c.buildingEdge}},
    {...line('paths', ['path'], c.path, width(0.4, 1.4, 4)), minzoom: 14} as LayerSpecification,
    {...line('rails', ['rail', 'tram'], c.rail, width(0.5, 1.2, 2.5)), minzoom: 13} as LayerSpecification,
    {...line('minor-edge', MINOR, c.roadEdge, width(0.8, 6.6, 26)), minzoom: 13} as LayerSpecification,
    line('major-edge', MAJOR, c.roadEdge, width(2.2, 11, 36)),
    line('minor', MINOR, c.road, width(0.5, 5.2, 24)),
    line('major', MAJOR, c.roadMajor, width(1.4, 9.4, 34)),
    {id: 'water-names', type: 'symbol', source: SOURCE, 'source-layer': 'water', minzoom: 12, filter: ['has', 'name'],
      layout: {'text-field': nameIn(language), 'text-font': FONT, 'text-size': 12, 'text-max-width': 7},
      paint: {'text-color': c.waterText, 'text-halo-color': c.water, 'text-halo-width': 1}},
    {id: 'street-names', type: 'symbol', source: SOURCE, 'source-layer': 'roads', minzoom: 13, filter: ['has', 'name'],
      layout: {'symbol-placement': 'line', 'text-field': nameIn(language), 'text-font': FONT,
        'text-size': ['interpolate', ['linear'], ['zoom'], 13, 10.5, 17, 13.5], 'symbol-spacing': 320, 'text-padding': 6},
      paint: {'text-color': c.text, 'text-halo-color': c.halo, 'text-halo-width': 1.4}},
    {id: 'place-names', type: 'symbol', source: SOURCE, 'source-layer': 'places', filter: ['has', 'name'],
      layout: {'text-field': nameIn(language), 'text-font': FONT, 'text-size': ['interpolate', ['linear'], ['zoom'], 10, 12, 15, 15],
        'text-letter-spacing': 0.06, 'text-max-width': 8, 'text-padding': 12},
      paint: {'text-color': c.text, 'text-halo-color': c.halo, 'text-halo-width': 1.6}},
  ];
}

// Works by how far they have come: each by colour and by form. Lines and borders differ by dash and width, marks by their drawing, and the
// legend beside the map (places/progress.html) says the words. Codes are those of works/progress.py.
import type {ExpressionSpecification, FilterSpecification, LayerSpecification} from 'maplibre-gl';
import {workName} from './icons';
import {token} from './palette';

export type Progress = 'planned' | 'running' | 'finished' | 'cancelled' | 'unknown';

interface Form {
  colour: string;
  width: number;
  dash?: [number, number];
}

/** From below to above. */
const FORMS: Record<Progress, Form> = {
  cancelled: {colour: 'declined', width: 0.7, dash: [0.6, 2.2]},
  unknown: {colour: 'declined', width: 0.7, dash: [4, 1]},
  finished: {colour: 'fixed', width: 0.9},
  planned: {colour: 'new', width: 1, dash: [2, 1.5]},
  running: {colour: 'progress', width: 1.5},
};

export const FORM_NAMES = Object.keys(FORMS);

function of(geometry: string, progress: ExpressionSpecification, code: string): FilterSpecification {
  return ['all', ['==', ['geometry-type'], geometry], ['!', ['has', 'count']], ['==', progress, code]] as FilterSpecification;
}

function width(times: number): ExpressionSpecification {
  return ['interpolate', ['linear'], ['zoom'], 11, 1.6 * times, 14, 3.2 * times, 17, 6 * times];
}

/** Layers of a source whose features tell by ``progress`` how far they have come; ``tiles`` names the layer of a vector tile. */
export function works(name: string, progress: ExpressionSpecification, dark: boolean, tiles?: string): LayerSpecification[] {
  const from = tiles ? {source: name, 'source-layer': tiles} : {source: name};
  const parts: LayerSpecification[][] = [[], [], [], [], []];
  for (const [code, {colour, width: times, dash}] of Object.entries(FORMS)) {
    const ink = token(colour);
    const line = {'line-color': ink, ...(dash ? {'line-dasharray': dash} : {})};
    parts[0]?.push({id: `${name}:areas-${code}`, type: 'fill', ...from, filter: of('Polygon', progress, code),
      paint: {'fill-color': ink, 'fill-opacity': code === 'finished' || code === 'running' ? 0.22 : 0.08}});
    parts[1]?.push({id: `${name}:edges-${code}`, type: 'line', ...from, filter: of('Polygon', progress, code), paint: {...line, 'line-width': width(times * 0.5)}});
    parts[2]?.push({id: `${name}:casing-${code}`, type: 'line', ...from, filter: of('LineString', progress, code), layout: {'line-cap': 'round', 'line-join': 'round'},
      paint: {'line-color': token('state-paper'), 'line-width': width(times * 1.7)}});
    parts[3]?.push({id: `${name}:lines-${code}`, type: 'line', ...from, filter: of('LineString', progress, code),
      layout: {'line-join': 'round', 'line-cap': dash ? 'butt' : 'round'}, paint: {...line, 'line-width': width(times)}});
    parts[4]?.push({id: `${name}:pins-${code}`, type: 'symbol', ...from, filter: of('Point', progress, code),
      layout: {'icon-image': workName(code as Progress, dark), 'icon-size': ['interpolate', ['linear'], ['zoom'], 12, 0.5, 17, 0.85],
        'icon-allow-overlap': true, 'icon-padding': 0}});
  }
  return parts.flat();
}

/** The street or the district that a page is about, under its works. */
export function groundShapes(name: string): LayerSpecification[] {
  return [
    {id: `${name}:areas`, type: 'fill', source: name, filter: ['==', ['geometry-type'], 'Polygon'], paint: {'fill-color': token('primary'), 'fill-opacity': 0.07}},
    {id: `${name}:edges`, type: 'line', source: name, filter: ['==', ['geometry-type'], 'Polygon'],
      paint: {'line-color': token('ink'), 'line-width': 1.5, 'line-opacity': 0.7}},
    {id: `${name}:lines`, type: 'line', source: name, filter: ['==', ['geometry-type'], 'LineString'], layout: {'line-cap': 'round', 'line-join': 'round'},
      paint: {'line-color': token('primary'), 'line-opacity': 0.45, 'line-width': width(2)}},
  ];
}

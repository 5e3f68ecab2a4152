// The months as a film: counts per cell and month, drawn from one answer while the layer's own tiles rest.
import type {GeoJSONSource, Map as MlMap} from 'maplibre-gl';
import type {Feature, Point} from 'geojson';
import {isDark} from '../theme';
import type {MapConfig} from './config';
import {counted, stateIcon} from './layers';

const FILM = 'film';

/** The answer of /months/: places of cells in degrees (SRID 4326), and for each month which cells hold how many. */
export interface Months {
  layer: string;
  months: string[];
  cells: {lon: number[]; lat: number[]};
  counts: {cell: number[]; count: number[]; value: string[]}[];
}

function features(film: Months, month: number): Feature<Point>[] {
  const frame = film.counts[month];
  return (frame?.cell ?? []).map((cell, at) => ({
    type: 'Feature',
    properties: {count: frame?.count[at] ?? 0, state: frame?.value?.[at] ?? ''},
    geometry: {type: 'Point', coordinates: [film.cells.lon[cell] ?? 0, film.cells.lat[cell] ?? 0]},
  }));
}

export class Film {
  private hidden: string[] = [];

  constructor(private readonly map: MlMap, private readonly config: MapConfig) {}

  /** Draw one month; the first call puts the layer's tiles aside. */
  show(film: Months, month: number): void {
    this.begin(film.layer);
    const data = {type: 'FeatureCollection' as const, features: features(film, month)};
    (this.map.getSource(FILM) as GeoJSONSource | undefined)?.setData(data);
  }

  end(): void {
    for (const {id} of this.map.getStyle().layers.filter((layer) => layer.id.startsWith(`${FILM}:`))) this.map.removeLayer(id);
    if (this.map.getSource(FILM)) this.map.removeSource(FILM);
    for (const id of this.hidden) if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', 'visible');
    this.hidden = [];
  }

  private begin(layer: string): void {
    if (this.map.getSource(FILM)) return;
    this.map.addSource(FILM, {type: 'geojson', data: {type: 'FeatureCollection', features: []}});
    const states = this.config.tiles[layer]?.value === 'state';
    if (states) {
      this.map.addLayer({id: `${FILM}:lone`, type: 'symbol', source: FILM, filter: ['==', ['get', 'count'], 1],
        layout: {'icon-image': stateIcon(isDark()), 'icon-size': 0.6, 'icon-allow-overlap': true}});
    }
    for (const part of counted(FILM, {source: FILM})) this.map.addLayer(part);
    this.hidden = this.map.getStyle().layers.map(({id}) => id).filter((id) => id.startsWith(`${layer}:`));
    for (const id of this.hidden) this.map.setLayoutProperty(id, 'visibility', 'none');
  }
}

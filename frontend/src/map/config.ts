// What the server tells a map, as JSON in data-config (made by layers/map_page.py).
import type {FeatureCollection, Point} from 'geojson';

export type PublicState = 'new' | 'in_progress' | 'fixed' | 'declined';
export type Bounds = [west: number, south: number, east: number, north: number];

export type Geometry = 'point' | 'line' | 'polygon' | 'mixed';

export interface TileLayer {
  url: string; // with {z}, {x}, {y}; '' where the description names it
  json: string; // address of the description; '' for a live layer
  minzoom: number;
  maxzoom: number;
  geometry: Geometry;
  value: string; // the field that a counted cell is given the most frequent value of
  symbol: number;
  forms?: {field: string; of: Record<string, string>} | null; // things are drawn by the value of this field (progress.ts)
}

/** A layer as the switcher lists it. */
export interface LayerChoice {
  name: string;
  title: string;
  on: boolean;
  period: boolean; // takes from and to
  counts: string; // addresses of its numbers; '' for none
  months: string;
  key: string;
  page: string; // address of a thing's page, with {key}; '' for none
  fields: Record<string, string>; // name → title
  values: Record<string, Record<string, string>>; // field → code → word
}

export interface Place {
  lon: number;
  lat: number;
}

export interface MapConfig {
  basemap: string;
  bounds: Bounds;
  language: string;
  tiles: Record<string, TileLayer>;
  words: Record<string, string>;
  layers?: LayerChoice[]; // what can be switched on and off; without it all tiles are drawn
  atFirst?: string[]; // layers that are on when the address names none
  shown?: string; // the layer of the list
  query?: string; // filters of the page, as the tiles of the list's layer understand them
  queries?: Record<string, string>; // the same for each layer
  search?: string; // address of the search
  area?: Bounds; // "search in this area", when the page was opened with one
  states?: Record<string, string>; // public state → word
  categories?: Record<string, string>; // code → name
  page?: string; // address of a report's page, before its id
  features?: FeatureCollection<Point>; // what a staff map shows
  works?: FeatureCollection; // works of a page, each with progress, title, about and href
  ground?: FeatureCollection; // the street or the district they belong to
  pin?: Place & {state?: PublicState}; // a map of one place
  addressUrl?: string; // address search and nearest address
  nearbyUrl?: string; // reports near a place, as HTML
}

/** The frame's own configuration on top of what all maps of the city share (data-base); words are merged one by one. */
export function readConfig(frame: HTMLElement): MapConfig {
  const base = JSON.parse(frame.dataset['base'] ?? '{}') as MapConfig;
  const own = JSON.parse(frame.dataset['config'] ?? '{}') as Partial<MapConfig>;
  return {...base, ...own, words: {...base.words, ...own.words}};
}

export function word(config: MapConfig, key: string): string {
  return config.words[key] ?? key;
}

/** What is asked of a layer's tiles. */
export function queryOf(config: MapConfig, layer: string): string {
  return config.queries?.[layer] ?? (layer === (config.shown ?? 'appeals') ? config.query ?? '' : '');
}

export function isOn(config: MapConfig, layer: string): boolean {
  return config.layers?.find(({name}) => name === layer)?.on ?? true;
}

/** The locale of dates: the pages write English days as 10 March 2025. */
export function dateLocale(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}

/** A number as the page's language writes it. */
export function numeral(config: MapConfig, number: number): string {
  return number.toLocaleString(config.language);
}

/** A word with %(name)s places filled in. */
export function sentence(config: MapConfig, key: string, parts: Record<string, string>): string {
  return word(config, key).replace(/%\((\w+)\)s/g, (whole, name: string) => parts[name] ?? whole);
}

// What the server tells a map, as JSON in data-config (made by layers/map_page.py).
import type {FeatureCollection, Point} from 'geojson';

export type PublicState = 'new' | 'in_progress' | 'fixed' | 'declined';
export type Bounds = [west: number, south: number, east: number, north: number];

interface TileLayer {
  url: string; // with {z}, {x}, {y}
  minzoom: number;
  maxzoom: number;
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
  query?: string; // filters of the page, as the tiles understand them
  area?: Bounds; // "search in this area", when the page was opened with one
  states?: Record<string, string>; // public state → word
  categories?: Record<string, string>; // code → name
  page?: string; // address of a report's page, before its id
  features?: FeatureCollection<Point>; // what a staff map shows
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

// Makes one map in one frame: worker, basemap protocol, style, controls, light and dark, and plain words when WebGL is missing.
import {
  AttributionControl, GeolocateControl, Map as MlMap, NavigationControl, addProtocol, setWorkerUrl,
  type MapOptions, type StyleSpecification,
} from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import {Protocol} from 'pmtiles';
import '../styles/map.scss';
import {isDark} from '../theme';
import {type Bounds, type MapConfig, word} from './config';
import {groundLayers} from './ground';
import {supplyIcons} from './icons';
import {ourLayers, ourSources} from './layers';

let ready = false;

function prepare(): void {
  if (ready) return;
  setWorkerUrl(workerUrl);
  addProtocol('pmtiles', new Protocol().tile);
  ready = true;
}

/** The whole map as it should be drawn now. */
export function style(config: MapConfig): StyleSpecification {
  const dark = isDark();
  return {
    version: 8,
    sources: {ground: {type: 'vector', url: `pmtiles://${location.origin}${config.basemap}`}, ...ourSources(config)},
    layers: [...groundLayers(dark, config.language), ...ourLayers(config, dark)],
  };
}

// Room around the city, so that its edge can be brought to the middle of a small screen.
function around([west, south, east, north]: Bounds, share: number): Bounds {
  const dx = (east - west) * share;
  const dy = (north - south) * share;
  return [west - dx, south - dy, east + dx, north + dy];
}

const LOCALE: Record<string, string> = {
  'NavigationControl.ZoomIn': 'zoomIn',
  'NavigationControl.ZoomOut': 'zoomOut',
  'GeolocateControl.FindMyLocation': 'locate',
  'GeolocateControl.LocationNotAvailable': 'noLocation',
  'AttributionControl.ToggleAttribution': 'credits',
  'Popup.Close': 'close',
};

function locale(config: MapConfig, label: string): Record<string, string> {
  const words: Record<string, string> = {'Map.Title': label};
  for (const [key, name] of Object.entries(LOCALE)) words[key] = word(config, name);
  return words;
}

function credits(config: MapConfig): string[] {
  // MapLibre writes attributions as HTML; ours are plain sentences from a pack, so they are escaped here.
  const box = document.createElement('span');
  box.textContent = config.words['attribution'] ?? '';
  return [box.innerHTML];
}

/** Draw the map of a frame; undefined (and a sentence in the frame) when this browser cannot. */
export async function createMap(frame: HTMLElement, config: MapConfig, options: Partial<MapOptions> = {}): Promise<MlMap | undefined> {
  const canvas = frame.querySelector<HTMLElement>('[data-canvas]');
  if (!canvas) return undefined;
  prepare();
  await document.fonts.load('14px "Onest Variable"', 'Aa Яя').catch(() => undefined);
  try {
    const map = new MlMap({
      container: canvas,
      style: style(config),
      ...(options.center ? {} : {bounds: config.area ?? config.bounds, fitBoundsOptions: {padding: 24}}),
      maxBounds: around(config.bounds, 0.6),
      maxZoom: 19,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: false,
      // A live tile is stale after a second: the map would ask for every tile in view each second, and never come to rest (see fresh.ts).
      refreshExpiredTiles: false,
      fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200,
      locale: locale(config, canvas.dataset['label'] ?? ''),
      ...options,
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    supplyIcons(map);
    map.addControl(new NavigationControl({showCompass: false}), 'top-right');
    map.addControl(new GeolocateControl({positionOptions: {enableHighAccuracy: true}}), 'top-right');
    // Where the bottom belongs to the period, or on a phone to the switch between list and map, the sources stand above.
    const phone = frame.matches('.map-pane') && matchMedia('(max-width: 61.99rem)').matches;
    const corner = phone || frame.querySelector('[data-period]') ? 'top-left' : 'bottom-right';
    map.addControl(new AttributionControl({compact: true, customAttribution: credits(config)}), corner);
    settle(frame, map, config);
    return map;
  } catch {
    fail(frame);
    return undefined;
  }
}

function settle(frame: HTMLElement, map: MlMap, config: MapConfig): void {
  frame.dataset['mapReady'] = '1';
  map.once('idle', () => { document.documentElement.dataset['mapIdle'] = '1'; });
  map.on('webglcontextlost', () => fail(frame));
  map.on('webglcontextrestored', () => { frame.dataset['mapReady'] = '1'; });
  // Without a diff, so that 'style.load' fires and whoever added layers adds them again in the new colours.
  document.addEventListener('theme', () => map.setStyle(style(config), {diff: false}));
  new ResizeObserver(() => map.resize()).observe(frame);
}

function fail(frame: HTMLElement): void {
  delete frame.dataset['mapReady'];
  frame.querySelector('[data-map-loading]')?.setAttribute('hidden', '');
  frame.querySelector('[data-map-failed]')?.removeAttribute('hidden');
}

// A map that lies open shows what has happened since: the tiles of live layers in view are asked for again now and then, while somebody
// may be looking. They are conditional, so what has not changed costs an empty answer.
import type {Map as MlMap} from 'maplibre-gl';
import {isOn, type MapConfig} from './config';

const EVERY_MS = 15_000;

export function keepFresh(map: MlMap, config: MapConfig): void {
  const refresh = (): void => {
    if (document.visibilityState !== 'visible' || map.isMoving() || !map.isStyleLoaded()) return;
    for (const [name, tiles] of Object.entries(config.tiles)) if (!tiles.json && isOn(config, name)) map.refreshTiles(name);
  };
  const timer = window.setInterval(refresh, EVERY_MS);
  map.on('remove', () => window.clearInterval(timer));
  document.addEventListener('visibilitychange', refresh);
}

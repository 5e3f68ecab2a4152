// What is under a finger or under the cross: things open a card, counted cells zoom in.
import type {Map as MlMap, MapGeoJSONFeature, PointLike, Popup} from 'maplibre-gl';
import {showCard} from './card';
import type {MapConfig} from './config';
import {FORM_NAMES} from './progress';

/** Parts of a layer that can be met; an area's inside is met last. */
const PARTS = ['pins', 'lone', 'cells', 'lines', 'edges', 'areas'];
/** Works have a part for each form: lines-planned and so on. */
const ALL_PARTS = PARTS.flatMap((part) => [part, ...FORM_NAMES.map((form) => `${part}-${form}`)]);
const FINGER = 8; // a finger is not a needle
const CROSS = 60;

interface Point {
  x: number;
  y: number;
}

export class Picker {
  private card: Popup | undefined;

  constructor(private readonly map: MlMap, private readonly home: HTMLElement, private readonly config: MapConfig) {}

  /** What stands at this point of the frame; of several the topmost. */
  at({x, y}: Point, reach = FINGER): MapGeoJSONFeature[] {
    const box: [PointLike, PointLike] = [[x - reach, y - reach], [x + reach, y + reach]];
    // Where no layers are listed there is nothing to tell of a thing but its state.
    const {layers: listed, tiles} = this.config;
    const names = Object.keys(tiles).filter((name) => listed || tiles[name]?.value === 'state');
    const layers = names.flatMap((name) => ALL_PARTS.map((part) => `${name}:${part}`)).filter((id) => this.map.getLayer(id));
    const found = this.map.queryRenderedFeatures(box, {layers});
    const rank = (feature: MapGeoJSONFeature): number => Math.max(0, PARTS.indexOf(partOf(feature)) - 2);
    return found.sort((one, other) => rank(one) - rank(other));
  }

  /** Open what stands here; false when nothing does. */
  open(point: Point): boolean {
    const feature = this.at(point)[0];
    this.close();
    if (feature) this.show(feature, point);
    return Boolean(feature);
  }

  /** Open what is nearest the middle of the map. */
  openNearest(): boolean {
    const canvas = this.map.getCanvas();
    const middle = {x: canvas.clientWidth / 2, y: canvas.clientHeight / 2};
    const far = (feature: MapGeoJSONFeature): number => {
      if (feature.geometry.type !== 'Point') return CROSS; // points first
      const {x, y} = this.map.project(feature.geometry.coordinates as [number, number]);
      return Math.hypot(x - middle.x, y - middle.y);
    };
    const [feature] = this.at(middle, CROSS).map((one) => ({one, far: far(one)})).sort((a, b) => a.far - b.far);
    this.close();
    if (feature) this.show(feature.one, middle);
    return Boolean(feature);
  }

  /** Close the card; the focus goes back to the map when it was inside. */
  close(): boolean {
    const {card} = this;
    if (!card?.isOpen()) return false;
    const inside = card.getElement()?.contains(document.activeElement);
    card.remove();
    if (inside) this.map.getCanvas().focus();
    return true;
  }

  /** A card that was made elsewhere; it closes like any other. */
  keep(card: Popup): void {
    this.close();
    this.card = card;
  }

  private show(feature: MapGeoJSONFeature, point: Point): void {
    const place = this.map.unproject([point.x, point.y]);
    if ('count' in feature.properties) {
      const center = feature.geometry.type === 'Point' ? feature.geometry.coordinates as [number, number] : place;
      this.map.easeTo({center, zoom: Math.min(this.map.getZoom() + 2, 16)});
      return;
    }
    this.card = showCard(this.map, feature, place, this.config);
    const id = String(feature.properties['id']);
    const row = feature.source === (this.config.shown ?? 'appeals') ? this.home.querySelector(`[data-id="${CSS.escape(id)}"]`) : null;
    row?.classList.add('is-lit');
    row?.scrollIntoView({block: 'nearest'});
    this.card.on('close', () => row?.classList.remove('is-lit'));
  }
}

function partOf(feature: MapGeoJSONFeature): string {
  return feature.layer.id.slice(feature.layer.id.indexOf(':') + 1).split('-')[0] ?? '';
}

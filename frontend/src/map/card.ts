// The card of one thing on the map. Built from nodes and text only: nothing that came from outside is ever read as HTML.
import {type LngLatLike, Popup, type Map as MlMap, type MapGeoJSONFeature} from 'maplibre-gl';
import {dateLocale, type LayerChoice, type MapConfig, type PublicState, word} from './config';
import {stateSvg} from './icons';

function node<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, text = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function picture(state: PublicState): HTMLImageElement {
  const image = node('img', 'state-icon');
  image.alt = '';
  image.src = `data:image/svg+xml,${encodeURIComponent(stateSvg(state))}`;
  return image;
}

function day(value: unknown, language: string): string {
  const date = new Date(`${String(value).slice(0, 10)}T12:00:00`);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString(dateLocale(language), {day: 'numeric', month: 'long', year: 'numeric'});
}

function cardOf(properties: Record<string, unknown>, config: MapConfig): HTMLElement {
  const raw = String(properties['state']);
  const state: PublicState = raw === 'new' || raw === 'in_progress' || raw === 'fixed' ? raw : 'declined';
  const category = String(properties['category']);
  const card = node('div', 'card-of-pin');
  const badge = node('span', `state is-${state}`);
  badge.append(picture(state), config.states?.[state] ?? state);
  const title = node('p', 'title', config.categories?.[category] ?? category);
  const about = node('p', 'about', day(properties['created'], config.language));
  const link = linkTo(`${config.page ?? '/a/'}${encodeURIComponent(String(properties['id']))}`, word(config, 'open'));
  card.append(badge, title, about, link);
  return card;
}

function titleOf(properties: Record<string, unknown>, layer: LayerChoice): string {
  const [first] = Object.keys(layer.fields).filter((field) => field !== layer.key && properties[field]);
  const named = properties['name'] ?? properties['title'] ?? properties[first ?? layer.key];
  return String(named ?? layer.title);
}

function shownValue(field: string, value: unknown, layer: LayerChoice, config: MapConfig): string {
  if (typeof value === 'boolean') return word(config, value ? 'yes' : 'no');
  if (typeof value === 'number') return value.toLocaleString(config.language);
  const text = String(value);
  return layer.values[field]?.[text] ?? (/^\d{4}-\d{2}-\d{2}$/.test(text) ? day(text, config.language) : text);
}

/** What is known of a thing of any layer, under the titles its declaration gives. */
function cardOfThing(properties: Record<string, unknown>, layer: LayerChoice, config: MapConfig): HTMLElement {
  const card = node('div', 'card-of-pin');
  const title = titleOf(properties, layer);
  const facts = node('dl', 'card-facts');
  for (const [field, name] of Object.entries(layer.fields)) {
    const value = properties[field];
    if (value === undefined || value === null || value === '') continue;
    const text = shownValue(field, value, layer, config);
    if (text !== title) facts.append(node('dt', '', name), node('dd', '', text));
  }
  card.append(node('p', 'kind-of-thing', layer.title), node('p', 'title', title));
  if (facts.childElementCount) card.append(facts);
  const key = properties[layer.key];
  if (layer.page && key !== undefined) card.append(linkTo(layer.page.replace('{key}', encodeURIComponent(String(key))), word(config, 'openThing')));
  return card;
}

function linkTo(href: string, text: string): HTMLAnchorElement {
  const link = node('a', 'btn btn-second btn-small', text);
  link.href = href;
  return link;
}

export function openCard(map: MlMap, at: LngLatLike, content: HTMLElement): Popup {
  return new Popup({className: 'pin-card', maxWidth: '19rem', offset: 16, focusAfterOpen: true}).setLngLat(at).setDOMContent(content).addTo(map);
}

/** The card of what was found by words: its title, what more is known, and the way to its page. */
export function cardOfFound(found: {title: string; detail: string; href: string}, config: MapConfig): HTMLElement {
  const card = node('div', 'card-of-pin');
  card.append(node('p', 'title', found.title), node('p', 'about', found.detail));
  if (found.href) card.append(linkTo(found.href, word(config, 'openThing')));
  return card;
}

/** ``at`` is where a line or an area was met; a point's card stands on the point. */
export function showCard(map: MlMap, feature: MapGeoJSONFeature, at: LngLatLike, config: MapConfig): Popup {
  const layer = config.layers?.find(({name}) => name === feature.source);
  const states = config.tiles[feature.source]?.value === 'state';
  const content = states || !layer ? cardOf(feature.properties, config) : cardOfThing(feature.properties, layer, config);
  const point = feature.geometry.type === 'Point' ? feature.geometry.coordinates as [number, number] : at;
  return openCard(map, point, content);
}

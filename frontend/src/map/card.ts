// The card of one pin. Built from nodes and text only: nothing that came from outside is ever read as HTML.
import {Popup, type Map as MlMap, type MapGeoJSONFeature} from 'maplibre-gl';
import {type MapConfig, type PublicState, word} from './config';
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
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString(language, {day: 'numeric', month: 'long', year: 'numeric'});
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
  const link = node('a', 'btn btn-second btn-small', word(config, 'open'));
  link.href = `${config.page ?? '/a/'}${encodeURIComponent(String(properties['id']))}`;
  card.append(badge, title, about, link);
  return card;
}

export function showCard(map: MlMap, feature: MapGeoJSONFeature, config: MapConfig): Popup {
  const [lon, lat] = feature.geometry.type === 'Point' ? feature.geometry.coordinates : [0, 0];
  return new Popup({className: 'pin-card', maxWidth: '19rem', offset: 16, focusAfterOpen: true})
    .setLngLat([lon ?? 0, lat ?? 0])
    .setDOMContent(cardOf(feature.properties, config))
    .addTo(map);
}

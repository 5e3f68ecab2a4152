// The pin stands in the middle of the frame and the map moves under it: a thumb never hides the place, and the arrow keys of the map
// move the pin. Nothing is written into the form before the resident has chosen a place in some way.
import type {Map as MlMap} from 'maplibre-gl';
import {addressAt, canBeFound, findAddresses, type FoundAddress} from './addresses';
import {type MapConfig, type Place, word} from './config';
import {createMap} from './create';
import dropUrl from './drop.svg';

const CLOSE = 17;

function input(form: HTMLFormElement, name: string): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
}

function typedPlace(form: HTMLFormElement): Place | undefined {
  const lat = Number.parseFloat(input(form, 'lat')?.value ?? '');
  const lon = Number.parseFloat(input(form, 'lon')?.value ?? '');
  return Number.isFinite(lat) && Number.isFinite(lon) && Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? {lat, lon} : undefined;
}

class Picker {
  private chosen = false;
  private asked = 0;
  private map: MlMap | undefined;

  constructor(private readonly frame: HTMLElement, private readonly form: HTMLFormElement, private readonly config: MapConfig) {}

  /** From now on the place is what stands under the pin of this map. */
  show(map: MlMap): void {
    this.map = map;
    map.getCanvas().addEventListener('keydown', (event) => { if (event.key.startsWith('Arrow')) this.choose(); });
    map.on('dragstart', () => this.choose());
    map.on('click', (event) => this.go({lon: event.lngLat.lng, lat: event.lngLat.lat}));
    map.on('movestart', () => { this.frame.dataset['moving'] = '1'; });
    map.on('moveend', () => { delete this.frame.dataset['moving']; this.settle(); });
  }

  /** The resident means the place under the pin from now on. */
  choose(): void {
    this.chosen = true;
    this.frame.dataset['chosen'] = '1';
  }

  go(place: Place): void {
    this.choose();
    if (this.map) this.map.easeTo({center: [place.lon, place.lat], zoom: Math.max(this.map.getZoom(), CLOSE)});
    else this.write(place);
  }

  settle(): void {
    if (!this.map || !this.chosen) return;
    const {lng, lat} = this.map.getCenter();
    this.write({lon: lng, lat});
  }

  private write(place: Place): void {
    for (const [name, value] of [['lat', place.lat], ['lon', place.lon]] as const) {
      const field = input(this.form, name);
      if (field) field.value = value.toFixed(6);
    }
    this.frame.dataset['placed'] = '1';
    this.form.dispatchEvent(new CustomEvent('pin', {detail: place}));
    void this.describe(place);
  }

  private async describe(place: Place): Promise<void> {
    const line = this.form.querySelector<HTMLElement>('[data-pin-address]');
    if (!line) return;
    const mine = ++this.asked;
    const found = this.config.addressUrl ? await addressAt(this.config.addressUrl, place) : undefined;
    if (mine !== this.asked) return;
    line.textContent = found ? word(this.config, 'near').replace('%(address)s', found.text) : word(this.config, 'onMap');
    await this.showNearby(place);
  }

  private async showNearby(place: Place): Promise<void> {
    const box = this.form.querySelector<HTMLElement>('[data-pin-nearby]') ?? document.querySelector<HTMLElement>('[data-pin-nearby]');
    if (!box || !this.config.nearbyUrl) return;
    const address = new URL(this.config.nearbyUrl, location.href);
    address.searchParams.set('lat', place.lat.toFixed(6));
    address.searchParams.set('lon', place.lon.toFixed(6));
    const answer = await fetch(address).catch(() => undefined);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    box.replaceChildren(...fresh.body.childNodes);
  }
}

/** Draw the picker. The search and "my location" fill the fields at once, before the map has come and without WebGL as well. */
export async function startPicker(frame: HTMLElement, form: HTMLFormElement, config: MapConfig): Promise<void> {
  const picker = new Picker(frame, form, config);
  watchSearch(form, config, (place) => picker.go(place));
  watchLocate(form, config, (place) => picker.go(place));
  form.dataset['pinReady'] = '1';
  const before = typedPlace(form);
  if (before) {
    picker.choose();
    frame.dataset['placed'] = '1';
  }
  const map = await createMap(frame, config, before ? {center: [before.lon, before.lat], zoom: CLOSE} : {});
  if (!map) return;
  frame.append(...overlay(config));
  picker.show(map);
  const meanwhile = typedPlace(form);
  if (meanwhile && (meanwhile.lat !== before?.lat || meanwhile.lon !== before.lon)) picker.go(meanwhile);
}

function overlay(config: MapConfig): HTMLElement[] {
  const pin = document.createElement('img');
  pin.className = 'centre-pin';
  pin.src = dropUrl;
  pin.alt = '';
  const tip = document.createElement('p');
  tip.className = 'centre-tip';
  tip.textContent = word(config, 'pin');
  return [pin, tip];
}

function watchSearch(form: HTMLFormElement, config: MapConfig, go: (place: Place) => void): void {
  const button = form.querySelector<HTMLElement>('[data-pin-search]');
  const field = input(form, 'address');
  const list = form.querySelector<HTMLElement>('[data-pin-results]');
  const url = config.addressUrl;
  if (!field || !list || !url) return;
  list.setAttribute('aria-live', 'polite');
  const say = (text: string): void => {
    const line = document.createElement('p');
    line.className = 'hint';
    line.textContent = text;
    list.replaceChildren(line);
  };
  const offer = (found: FoundAddress[]): void => {
    if (!found.length) { say(word(config, 'nothingFound')); return; }
    const lines = document.createElement('ul');
    lines.className = 'results';
    lines.append(...found.map((one) => {
      const line = document.createElement('li');
      const choice = document.createElement('button');
      choice.type = 'button';
      choice.className = 'choice';
      choice.textContent = one.text;
      choice.addEventListener('click', () => { list.replaceChildren(); field.value = one.text; go(one); });
      line.append(choice);
      return line;
    }));
    list.replaceChildren(lines);
    list.querySelector('button')?.focus();
  };
  const search = async (event: Event): Promise<void> => {
    if (!field.value.trim()) return; // the plain form says what is missing
    event.preventDefault();
    if (!canBeFound(field.value)) { say(word(config, 'moreLetters')); return; }
    say(word(config, 'searching'));
    const found = await findAddresses(url, field.value.trim());
    if (found) offer(found); else say(word(config, 'failed'));
  };
  button?.addEventListener('click', (event) => void search(event));
  field.addEventListener('keydown', (event) => { if (event.key === 'Enter') void search(event); });
}

function watchLocate(form: HTMLFormElement, config: MapConfig, go: (place: Place) => void): void {
  const button = form.querySelector<HTMLButtonElement>('[data-pin-locate]');
  const line = form.querySelector<HTMLElement>('[data-pin-address]');
  const say = (key: string): void => { if (line) line.textContent = word(config, key); };
  button?.addEventListener('click', () => {
    button.setAttribute('aria-busy', 'true');
    navigator.geolocation.getCurrentPosition(({coords}) => {
      button.removeAttribute('aria-busy');
      const [west, south, east, north] = config.bounds;
      const {longitude: lon, latitude: lat} = coords;
      if (lon < west || lon > east || lat < south || lat > north) say('outside'); else go({lon, lat});
    }, () => { button.removeAttribute('aria-busy'); say('noLocation'); }, {enableHighAccuracy: true, timeout: 15000});
  });
}

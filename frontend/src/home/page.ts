// List and map of the home page: one of them on a phone, both on a desk; they share the filters in the address.
import {type MapConfig, readConfig} from '../map/config';
import type {HomeMap} from '../map/home';
import {watchCounts} from './counts';
import {type Filters, type Page, watchFilters} from './filters';
import {Period} from './period';
import {Player} from './player';
import {watchPlaceSearch} from './search';
import {showZoom, watchSwitch} from './switch';

const WIDE = matchMedia('(min-width: 62rem)');

export function startHome(home: HTMLElement): void {
  const frame = home.querySelector<HTMLElement>('[data-map]');
  if (frame) new HomePage(home, frame, readConfig(frame));
}

class HomePage {
  private drawn: Promise<HomeMap | undefined> | undefined;
  private readonly filters: Filters;
  private readonly period: Period | undefined;
  private readonly player: Player | undefined;
  private readonly ask: (config: MapConfig) => void;

  constructor(private readonly home: HTMLElement, private readonly frame: HTMLElement, private readonly config: MapConfig) {
    this.filters = watchFilters(home, (page) => this.shown(page));
    const box = home.querySelector<HTMLDetailsElement>('[data-period]');
    const form = home.querySelector<HTMLFormElement>('[data-filters]');
    if (box && form) {
      box.open = WIDE.matches;
      this.period = new Period(box, form, config, this.filters);
      this.player = new Player(box, config, this.period, () => this.draw());
    }
    this.ask = watchCounts(home, (sums) => this.period?.show(sums));
    watchSwitch(home, config, this.filters, (layers) => {
      this.player?.stop();
      config.layers = layers;
      void this.drawn?.then((map) => map?.switchLayers(layers));
    });
    this.watchSearch();
    this.watchView();
    this.ask(config);
  }

  /** A fresh page has come. The map may not be drawn yet, as on a phone: then the configuration waits for it. */
  private shown(page: Page): void {
    this.player?.stop();
    const {query, queries, area, layers} = page;
    if (area) this.config.area = area; else delete this.config.area;
    if (layers) this.config.layers = layers;
    const fresh = {query: query ?? '', queries: queries ?? {}};
    if (this.drawn) {
      void this.drawn.then((map) => { map?.update(fresh); if (layers) map?.switchLayers(layers); });
    } else Object.assign(this.config, fresh);
    this.period?.sync();
    this.ask({...this.config, ...fresh});
  }

  private draw(): Promise<HomeMap | undefined> {
    this.drawn ??= import('../map/home').then(async ({drawHome}) => {
      const map = await drawHome(this.home, this.frame, this.config, this.filters);
      map?.onZoom((zoom) => showZoom(this.home, zoom));
      return map;
    });
    return this.drawn;
  }

  private watchSearch(): void {
    const form = this.home.querySelector<HTMLFormElement>('[data-place-search]');
    if (!form) return;
    const near = (): string => /^#map=[\d.]+\/(-?[\d.]+)\/(-?[\d.]+)/.exec(location.hash)?.slice(1).reverse().join(',') ?? '';
    watchPlaceSearch(form, this.config, (found) => {
      this.show('map');
      void this.draw().then((map) => map?.goTo(found));
    }, near);
  }

  private show(view: string): void {
    this.home.dataset['view'] = view;
    for (const button of this.home.querySelectorAll<HTMLElement>('[data-show]')) {
      button.setAttribute('aria-pressed', String(button.dataset['show'] === view));
    }
    if (view === 'map') void this.draw();
  }

  private watchView(): void {
    this.home.addEventListener('click', (event) => {
      const button = (event.target as Element).closest<HTMLElement>('[data-show]');
      if (button) this.show(button.dataset['show'] ?? 'list');
    });
    // An address that names a place on the map was shared by someone looking at the map.
    this.show(location.hash.startsWith('#map=') ? 'map' : 'list');
    const drawIfWide = (): void => { if (WIDE.matches) void this.draw(); };
    WIDE.addEventListener('change', drawIfWide);
    drawIfWide();
  }
}

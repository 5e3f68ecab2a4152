// List and map of the home page: one of them on a phone, both on a desk; they share the filters in the address.
import {readConfig} from '../map/config';
import type {HomeMap} from '../map/home';
import {type Page, watchFilters} from './filters';

const WIDE = matchMedia('(min-width: 62rem)');

export function startHome(home: HTMLElement): void {
  const frame = home.querySelector<HTMLElement>('[data-map]');
  if (!frame) return;
  let drawn: Promise<HomeMap | undefined> | undefined;

  let query: string | undefined; // of filters changed before the map was drawn, as on a phone
  const filters = watchFilters(home, (page: Page) => {
    query = page.query;
    void drawn?.then((map) => map?.showQuery(page.query));
  });
  const draw = (): void => {
    drawn ??= import('../map/home').then(({drawHome}) => {
      const config = readConfig(frame);
      return drawHome(home, frame, query === undefined ? config : {...config, query}, filters);
    });
  };

  const show = (view: string): void => {
    home.dataset['view'] = view;
    for (const button of home.querySelectorAll<HTMLElement>('[data-show]')) {
      button.setAttribute('aria-pressed', String(button.dataset['show'] === view));
    }
    if (view === 'map') draw();
  };
  home.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-show]');
    if (button) show(button.dataset['show'] ?? 'list');
  });
  // An address that names a place on the map was shared by someone looking at the map.
  show(location.hash.startsWith('#map=') ? 'map' : 'list');
  const drawIfWide = (): void => { if (WIDE.matches) draw(); };
  WIDE.addEventListener('change', drawIfWide);
  drawIfWide();
}

// The public maps: list and map on the home page, or one pin on a report's page. The map's own code (half a megabyte) is a chunk
// of its own, fetched after the page is readable and only where a map is in view.
import {startHome} from './home/page';
import {readConfig} from './map/config';

const home = document.querySelector<HTMLElement>('[data-home]');
if (home) startHome(home);

for (const frame of document.querySelectorAll<HTMLElement>('.map-frame[data-map]')) {
  const config = readConfig(frame);
  void import('./map/place').then(({drawPlace}) => drawPlace(frame, config));
}

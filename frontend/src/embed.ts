// The map in a frame of another site: pins and their cards, without list, filters or anything that is kept.
import {readConfig} from './map/config';

const frame = document.querySelector<HTMLElement>('[data-embed]');
if (frame) {
  void import('./map/home').then(({drawHome}) => drawHome(document.body, frame, readConfig(frame), {
    go: () => Promise.resolve(),
    address: () => '',
  }));
}

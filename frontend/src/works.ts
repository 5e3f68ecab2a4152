// Maps of works on the pages of a project, repair, contractor, street or district. The map's own code comes only when a map comes into view;
// until then, and where it cannot be drawn, the server's drawing stands in its place.
import {readConfig} from './map/config';

const watcher = new IntersectionObserver((entries) => {
  for (const {isIntersecting, target} of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    const frame = target as HTMLElement;
    void import('./map/works').then(({drawWorks}) => drawWorks(frame, readConfig(frame)));
  }
}, {rootMargin: '200px'});

document.querySelectorAll<HTMLElement>('.map-frame[data-works-map]').forEach((frame) => { watcher.observe(frame); });

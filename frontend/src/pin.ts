// Enhances the place of a report: [data-pin-picker] inside a form with inputs named lat and lon. The map's chunk comes when the page is readable.
import {readConfig} from './map/config';

for (const frame of document.querySelectorAll<HTMLElement>('[data-pin-picker]')) {
  const form = frame.closest('form');
  if (form) void import('./map/picker').then(({startPicker}) => startPicker(frame, form, readConfig(frame)));
}

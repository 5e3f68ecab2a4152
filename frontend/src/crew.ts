// The crew's day: numbered visits on the map.
import {Rows} from './staff/rows';

new Rows().drawMap(document.querySelectorAll('[data-row]').length > 1);

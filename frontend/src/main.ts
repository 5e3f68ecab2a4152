// On every page: says that script runs, the theme switch without a reload, focus on an error summary, previews of chosen photos.
import '@fontsource-variable/onest/wght.css';
import './styles/app.scss';
import {watchThemeSwitch} from './theme';

document.documentElement.dataset['js'] = '1';
watchThemeSwitch();
document.querySelector<HTMLElement>('[data-focus]')?.focus();

const photoInputs = document.querySelectorAll<HTMLInputElement>('input[type="file"][accept*="image"]');
if (photoInputs.length) void import('./photos').then(({watchPhotos}) => { photoInputs.forEach(watchPhotos); });

const narrowing = document.querySelectorAll<HTMLInputElement>('input[data-filter]');
if (narrowing.length) void import('./narrow').then(({watchNarrow}) => { narrowing.forEach(watchNarrow); });

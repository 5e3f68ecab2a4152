// The layers of the map: boxes that write layers= into the address. Where a layer begins further in, its box says so.
import type {LayerChoice, MapConfig} from '../map/config';
import type {Filters} from './filters';

function boxes(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>('input[type="checkbox"]')];
}

/** The layers as the boxes stand. */
export function chosenLayers(form: HTMLFormElement, layers: LayerChoice[]): LayerChoice[] {
  const on = new Set(boxes(form).filter((box) => box.checked).map((box) => box.value));
  return layers.map((layer) => ({...layer, on: on.has(layer.name)}));
}

function parameter(names: string[], config: MapConfig): string {
  const usual = config.atFirst ?? [];
  const same = names.length === usual.length && names.every((name) => usual.includes(name));
  return same ? '' : names.join(',') || 'none';
}

export function watchSwitch(home: HTMLElement, config: MapConfig, filters: Filters, switched: (layers: LayerChoice[]) => void): void {
  const form = home.querySelector<HTMLFormElement>('[data-layers]');
  const panel = form?.closest('details');
  if (!form || !panel) return;
  form.addEventListener('change', () => {
    const layers = chosenLayers(form, config.layers ?? []);
    switched(layers); // the map does not wait for the list
    void filters.go(filters.address({layers: parameter(layers.filter(({on}) => on).map(({name}) => name), config)}));
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !panel.open) return;
    event.stopPropagation();
    panel.open = false;
    panel.querySelector('summary')?.focus();
  });
}

/** Say at which layers one has to zoom in first. */
export function showZoom(home: HTMLElement, zoom: number): void {
  for (const hint of home.querySelectorAll<HTMLElement>('[data-from-zoom]')) hint.hidden = zoom >= Number(hint.dataset['fromZoom']);
}

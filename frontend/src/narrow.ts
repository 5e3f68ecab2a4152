// Narrows a long list of choices while one types: input[data-filter=NAME] over [data-filtered=NAME]; chosen ones always stay.
export function watchNarrow(input: HTMLInputElement): void {
  const name = input.dataset['filter'] ?? '';
  const list = document.querySelector<HTMLElement>(`[data-filtered="${CSS.escape(name)}"]`);
  const empty = document.querySelector<HTMLElement>(`[data-filter-empty="${CSS.escape(name)}"]`);
  if (!list) return;
  const groups = [...list.querySelectorAll('details')];
  const open = groups.map((group) => group.open);
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLocaleLowerCase();
    let found = 0;
    for (const choice of list.querySelectorAll<HTMLElement>('.choice')) {
      const words = [...choice.childNodes].filter((node) => !(node instanceof HTMLElement && node.matches('.facet')));
      const fits = words.map((node) => node.textContent).join('').toLocaleLowerCase().includes(wanted);
      found += Number(fits);
      choice.hidden = !fits && !choice.querySelector(':checked');
    }
    if (!found) for (const choice of list.querySelectorAll<HTMLElement>('.choice')) choice.hidden = false;
    if (empty) empty.hidden = found > 0;
    for (const [index, group] of groups.entries()) {
      group.hidden = !group.querySelector('.choice:not([hidden])');
      group.open = wanted && found ? true : (open[index] ?? false);
    }
  });
  input.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
}

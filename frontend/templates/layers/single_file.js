// Puts the things of the view on the map that is drawn already, and hides the states and categories that are not wanted. Asks nobody.
(() => {
  document.getElementById('no-script').remove();
  const view = JSON.parse(document.getElementById('view').textContent);
  const map = window[view.map];
  const symbols = [...document.querySelectorAll('header .symbol')];
  const rows = [...document.querySelectorAll('[data-thing]')];
  const made = (tag, text = '', parent = null) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };

  const card = (thing) => {
    const box = made('div');
    box.className = 'card';
    made('strong', thing.title, box);
    const list = made('dl', '', box);
    thing.facts.forEach((fact, index) => {
      if (!fact) return;
      made('dt', view.titles[index], list);
      made('dd', fact, list);
    });
    if (thing.page) Object.assign(made('a', thing.page, box), {href: thing.page, rel: 'noopener noreferrer'});
    return box;
  };

  const icon = (thing) => {
    const html = symbols[thing.state]?.cloneNode(true) ?? made('span', '●');
    return L.divIcon({html, iconSize: [20, 20], className: 'pin'});
  };
  const colour = (thing) => symbols[thing.state] ? getComputedStyle(symbols[thing.state]).color : '#14213a';

  const drawn = view.things.map((thing) => L.geoJSON(thing.shape, {
    pointToLayer: (_feature, at) => L.marker(at, {icon: icon(thing), keyboard: false}),
    style: () => ({color: colour(thing), weight: 4}),
  }).bindPopup(() => card(thing)));

  for (const [lat, lon, name] of view.labels) {
    L.tooltip({permanent: true, direction: 'center', className: 'place', interactive: false})
      .setLatLng([lat, lon]).setContent(made('span', name)).addTo(map);
  }

  const wanted = (kind) => new Set(
    [...document.querySelectorAll(`input[data-${kind}]:checked`)].map((box) => Number(box.dataset[kind])),
  );
  const all = (kind) => !document.querySelector(`input[data-${kind}]`);
  const show = () => {
    const states = wanted('state');
    const categories = wanted('category');
    view.things.forEach((thing, index) => {
      const seen = (all('state') || states.has(thing.state)) && (all('category') || categories.has(thing.category));
      if (seen) drawn[index].addTo(map);
      else drawn[index].remove();
      if (rows[index]) rows[index].hidden = !seen;
    });
  };
  document.querySelector('header').addEventListener('change', show);
  map.setMaxZoom(19);
  map.attributionControl.setPrefix('Leaflet');
  show();
})();

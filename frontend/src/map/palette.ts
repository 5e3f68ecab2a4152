// Colours of the map. Ground colours live here; the rest is read from the page's own tokens, so that map, legend and list agree.

interface Ground {
  land: string;
  water: string;
  waterText: string;
  green: string;
  building: string;
  buildingEdge: string;
  road: string;
  roadMajor: string;
  roadEdge: string;
  path: string;
  rail: string;
  text: string;
  halo: string;
}

const LIGHT: Ground = {
  land: '#f3f1ec',
  water: '#c3d9e8',
  waterText: '#3f6b8c',
  green: '#dbe7d0',
  building: '#e6e2d9',
  buildingEdge: '#d9d4c8',
  road: '#ffffff',
  roadMajor: '#fffdf6',
  roadEdge: '#d8d3c7',
  path: '#cfc9bb',
  rail: '#bdb8ae',
  text: '#4c5465',
  halo: '#f8f7f3',
};

const DARK: Ground = {
  land: '#131c2c',
  water: '#0c2840',
  waterText: '#7fa6c6',
  green: '#172c2a',
  building: '#1c273a',
  buildingEdge: '#253249',
  road: '#2c3950',
  roadMajor: '#38475f',
  roadEdge: '#0f1725',
  path: '#2a364b',
  rail: '#3a475e',
  text: '#b3bed2',
  halo: '#131c2c',
};

export function ground(dark: boolean): Ground {
  return dark ? DARK : LIGHT;
}

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

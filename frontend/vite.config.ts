import {readFileSync} from 'node:fs';
import {defineConfig, type Plugin} from 'vite';

// The server puts Leaflet into the maps it gives away as one file, so it needs it as it is, beside the built modules.
const leaflet: Plugin = {
  name: 'leaflet-as-it-is',
  generateBundle() {
    const files = ['leaflet.js', 'leaflet.css', ...['layers', 'layers-2x', 'marker-icon'].map((name) => `images/${name}.png`)];
    for (const file of files) {
      this.emitFile({type: 'asset', fileName: `leaflet/${file}`, source: readFileSync(`node_modules/leaflet/dist/${file}`)});
    }
    this.emitFile({type: 'asset', fileName: 'leaflet/LICENSE', source: readFileSync('node_modules/leaflet/LICENSE')});
  },
};

// Django serves the result: django-vite reads manifest.json, WhiteNoise the files. The base must be
// the static URL, or the address of MapLibre's worker is compiled as /assets/… and answers 404.
export default defineConfig({
  base: '/static/',
  publicDir: 'public',
  plugins: [leaflet],
  worker: {format: 'es'},
  css: {
    preprocessorOptions: {
      scss: {
        // Bootstrap 5.3 still speaks the old Sass dialect; its warnings are not ours to fix.
        quietDeps: true,
        silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function'],
      },
    },
  },
  build: {
    outDir: 'dist',
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: ['src/main.ts', 'src/map.ts', 'src/pin.ts', 'src/desk.ts', 'src/crew.ts', 'src/embed.ts', 'src/charts.ts', 'src/works.ts'],
    },
  },
});

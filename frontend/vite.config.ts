import {defineConfig} from 'vite';

// Django serves the result: django-vite reads manifest.json, WhiteNoise the files. The base must be
// the static URL, or the address of MapLibre's worker is compiled as /assets/… and answers 404.
export default defineConfig({
  base: '/static/',
  publicDir: 'public',
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
      input: ['src/main.ts', 'src/map.ts', 'src/pin.ts', 'src/desk.ts', 'src/crew.ts'],
    },
  },
});

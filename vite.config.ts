import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/**
 * The build of the pages in `web`. The server answers `/app` with what stands in `web/dist`. Nothing is
 * inlined into the document or into style sheets: the content security policy allows only files.
 */
export default defineConfig({
  root: 'web',
  base: '/app/',
  plugins: [react(), tailwind(), preloadFonts()],
  publicDir: 'public',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          // A file costs a kilobyte of headers, and an icon alone is not worth one.
          groups: [{ name: 'icons', test: /[\\/]node_modules[\\/]lucide-react[\\/]/ }],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    port: Number(process.env['CODELACE_PAGES_PORT'] ?? 5173),
    proxy: Object.fromEntries(
      ['/api', '/v1'].map((path) => [path, `http://127.0.0.1:${process.env['PORT'] ?? 8080}`]),
    ),
  },
})

/** The two fonts that every page shows begin to load with the document, not when its style sheet is read. */
function preloadFonts(): Plugin {
  return {
    name: 'preload-fonts',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle }) =>
        Object.keys(bundle ?? {})
          .filter((name) => /geist(-mono)?-latin-wght-normal-.*\.woff2$/.test(name))
          .map((name) => ({
            tag: 'link',
            attrs: {
              ...{ rel: 'preload', as: 'font', type: 'font/woff2' },
              ...{ crossorigin: '', href: `/app/${name}` },
            },
            injectTo: 'head',
          })),
    },
  }
}

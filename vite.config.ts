import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/**
 * The build of the pages in `web`. The server answers `/app` with what stands in `web/dist`. Nothing is
 * inlined into the document or into style sheets: the content security policy allows only files.
 */
export default defineConfig({
  root: 'web',
  base: '/app/',
  plugins: [react(), tailwind()],
  publicDir: 'public',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    host: '127.0.0.1',
    port: Number(process.env['CODELACE_PAGES_PORT'] ?? 5173),
    proxy: Object.fromEntries(
      ['/api', '/v1'].map((path) => [path, `http://127.0.0.1:${process.env['PORT'] ?? 8080}`]),
    ),
  },
})

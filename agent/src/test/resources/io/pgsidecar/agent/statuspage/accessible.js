// What is wrong with the page for who sees little, hears it, or has a small screen. Returns a list of sentences.
const wrong = [];
const shown = (e) => e.checkVisibility() && !e.closest('.unseen, .skip') && e.getClientRects().length > 0;
const name = (e) => e.tagName.toLowerCase() + (e.className.baseVal ?? e.className ? '.' + (e.className.baseVal ?? e.className) : '')
  + ' "' + e.textContent.trim().slice(0, 40) + '"';

// The page has a language, a title, landmarks and headings in order.
if (!document.documentElement.lang) wrong.push('no language');
if (!document.title.trim()) wrong.push('no title');
for (const landmark of ['header', 'main', 'footer']) {
  if (document.querySelectorAll('body > ' + landmark).length !== 1) wrong.push('not one ' + landmark);
}
let level = 0;
for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) wrong.push('a heading leaves a level out: ' + name(heading));
  level = next;
}
if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');

// Ids are unique, and what refers to one finds it.
const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
ids.filter((id, i) => ids.indexOf(id) !== i).forEach((id) => wrong.push('twice the id ' + id));
for (const e of document.querySelectorAll('[aria-labelledby]')) {
  for (const id of e.getAttribute('aria-labelledby').split(' ')) {
    if (!document.getElementById(id)?.textContent.trim()) wrong.push('nothing labels ' + name(e));
  }
}

// Tables have headers and a caption; pictures, links and buttons have a name.
for (const table of document.querySelectorAll('table')) {
  if (!table.caption?.textContent.trim()) wrong.push('no caption: ' + name(table));
  if (!table.querySelector('thead th')) wrong.push('no header: ' + name(table));
}
for (const th of document.querySelectorAll('th')) {
  if (!th.scope) wrong.push('no scope: ' + name(th));
}
for (const svg of document.querySelectorAll('svg')) {
  const named = svg.getAttribute('role') === 'img' && (svg.ariaLabel || svg.hasAttribute('aria-labelledby'));
  if (!named && svg.getAttribute('aria-hidden') !== 'true' && !svg.parentElement.closest('svg')) wrong.push('no name: ' + name(svg));
}
for (const e of document.querySelectorAll('a, button, summary')) {
  if (!e.textContent.trim()) wrong.push('no name: ' + name(e));
  if (shown(e) && e.tagName !== 'A' && e.getBoundingClientRect().height < 24) wrong.push('too small to be touched: ' + name(e));
}
if (document.querySelector('[style], [onclick], [onload]')) wrong.push('a style or script in an attribute');

// Nothing is wider than the screen.
if (document.documentElement.scrollWidth > innerWidth) wrong.push('scrolls sideways: ' + document.documentElement.scrollWidth);
for (const e of document.querySelectorAll('body *')) {
  const box = e.getBoundingClientRect();
  if (shown(e) && !e.parentElement.closest('svg') && (box.right > innerWidth + 0.5 || box.left < -0.5)) wrong.push('leaves the screen: ' + name(e));
}

// Text stands out from what is behind it.
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const luminance = (c) => c.slice(0, 3).map((v) => v / 255)
  .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};
const behind = (e) => {
  for (let at = e; at; at = at.parentElement) {
    const colour = rgba(getComputedStyle(at).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255, 255];
};
let texts = 0;
for (const e of document.querySelectorAll('body *')) {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !shown(e) || ['SCRIPT', 'STYLE', 'title', 'desc'].includes(e.tagName)) continue;
  texts++;
  const style = getComputedStyle(e);
  const drawn = e.closest('svg');
  const colour = rgba(drawn ? style.fill : style.color);
  const grounds = [behind(drawn ? drawn.parentElement : e)];
  if (drawn?.querySelector('.window')) grounds.push(rgba(getComputedStyle(drawn.querySelector('.window')).fill));
  for (const ground of grounds) {
    const ratio = contrast(colour, ground);
    if (ratio < 4.5) wrong.push('contrast ' + ratio.toFixed(2) + ': ' + name(e));
  }
}
if (texts < 20) wrong.push('only ' + texts + ' texts were looked at');
return wrong;

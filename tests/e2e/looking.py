"""What a page is held to in the browser: scripts that each answer with what is wrong, and the addresses and sizes they are run at."""

from __future__ import annotations

SIZES = [(1366, 768), (820, 1180), (320, 640)]
# What axe is asked: WCAG 2.2 to AA, and what Deque calls best practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# One address of every template, then every kind of record. All sections share one template, so the richest and an empty one stand for them.
PAGES = [
    "/people",
    "/people?family=O",
    "/people?given=x",
    "/help",
    "/sign-in",
    "/nowhere",
    "/people/rich",
    "/people/rich/about",
    "/people/rich/allergies",
    "/people/rich/medicines",
    "/people/rich/medicines?fold=off",
    "/people/rich/plan",
    "/people/rich/sources",
    "/people/rich/as-sent?record=Condition/1",
    "/people/rich/print",
    "/people/dead",
    "/people/empty",
    "/people/absent/medicines",
    "/people/hostile",
    "/people/hostile/about",
    "/people/hostile/medicines",
    "/people/hostile/print",
    "/people/long/results?page=2",
    "/people/whole",
    "/people/whole/medicines?view=source",
    "/people/whole/timeline",
    "/people/whole/timeline?span=all",
    "/people/whole/pack",
    "/people/whole/pack/person?large=yes",
    "/people/hostile/timeline",
    "/people/hostile/pack",
    "/people/empty/timeline",
]

# Elements that stick out of the page or whose text is wider than their box; hidden text and the micro banner's name are meant to be cut.
OVERFLOWING = """() => {
  const wide = document.documentElement.scrollWidth > window.innerWidth ? ['the page'] : [];
  const cut = [...document.querySelectorAll('main *, section *, table *')].filter(e =>
    !e.closest('.nhsuk-u-visually-hidden, .ch-micro, .ch-lanes, thead, button') && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1
    && getComputedStyle(e).display !== 'inline');
  return [...wide, ...cut.map(e => e.tagName + '.' + e.className + ' ' + e.scrollWidth + '>' + e.clientWidth)];
}"""
ELLIPSIS = """() => [...document.querySelectorAll('body *')].filter(e => getComputedStyle(e).textOverflow === 'ellipsis' && !e.closest('.ch-micro'))
  .map(e => e.className)"""
BROKEN = (
    "() => [...document.querySelectorAll('time > [aria-hidden], .nb')].filter(e => e.getClientRects().length > 1).map(e => e.textContent)"
)
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), summary')].filter(e => {
  const box = e.getBoundingClientRect();
  if (box.width <= 1 || e.closest('p, dd, main li')) return false;   // links in a sentence are excepted by WCAG 2.5.8
  return box.height < 24 || box.width < 24;
}).map(e => e.outerHTML.slice(0, 80) + e.getBoundingClientRect().height)"""

# Words drawn on more than one line although they have no hyphen, slash or full stop to break at, but for runs that are no word.
PARTED = """() => [...document.querySelectorAll('.ch-table :is(th, td)')].flatMap(cell => {
  const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.parentElement.closest('.ch-long, .nhsuk-u-visually-hidden, details:not([open]) > :not(summary)')) continue;
    for (const match of node.data.matchAll(/[\\p{L}’']+/gu)) {
      const range = document.createRange(); range.setStart(node, match.index); range.setEnd(node, match.index + match[0].length);
      if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) found.push(match[0]);
    }
  }
  return found; })"""

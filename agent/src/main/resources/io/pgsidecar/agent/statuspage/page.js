// Keeps the page fresh without losing the place where somebody reads. Without it the browser loads the page again.
(() => {
  'use strict';
  const every = 5000;
  const path = document.body.dataset.page;
  const lost = document.getElementById('lost');
  const said = document.getElementById('said');
  const pause = document.getElementById('pause');
  let paused = false;
  let since = null;

  const reads = () => {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed;
  };

  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, 'text/html');
    const next = fresh.getElementById('page');
    if (!next) {
      throw new Error('not the page');
    }
    const before = document.getElementById('page');
    const focused = document.activeElement && document.activeElement.closest('details');
    before.querySelectorAll('details[open]').forEach((open) => {
      const same = open.id && next.querySelector('#' + CSS.escape(open.id));
      if (same) {
        same.setAttribute('open', '');
      }
    });
    const headline = next.querySelector('h1').textContent;
    if (headline !== before.querySelector('h1').textContent) {
      said.textContent = headline;
    }
    before.replaceWith(document.adoptNode(next));
    if (focused && focused.id) {
      document.querySelector('#' + CSS.escape(focused.id) + ' > summary').focus({preventScroll: true});
    }
    document.title = fresh.title;
    document.documentElement.className = fresh.documentElement.className;
    const icon = document.querySelector('link[rel=icon]');
    icon.href = fresh.querySelector('link[rel=icon]').getAttribute('href');
    const seen = fresh.getElementById('seen');
    document.getElementById('seen').replaceWith(document.adoptNode(seen));
  };

  const refresh = async () => {
    if (!paused && !document.hidden && !reads()) {
      try {
        const answer = await fetch(path, {headers: {Accept: 'text/html'}, signal: AbortSignal.timeout(every)});
        const text = await answer.text();
        if (!paused && !reads()) {
          show(text);
        }
        since = null;
        lost.hidden = true;
      } catch (e) {
        if (!since) {
          since = new Date();
          lost.textContent = 'The agent has not answered since ' + since.toISOString().slice(11, 19)
            + 'Z. What is below is old.';
          lost.hidden = false;
        }
      }
    }
    setTimeout(refresh, every);
  };

  pause.hidden = false;
  pause.setAttribute('aria-pressed', 'false');
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    pause.textContent = paused ? 'Paused' : 'Pause';
  });
  setTimeout(refresh, every);
})();

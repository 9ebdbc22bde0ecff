'use strict';
const box = document.getElementById('auto'), said = document.getElementById('said');
box.closest('p').hidden = false;
setInterval(async () => {
  if (!box.checked || document.hidden || !getSelection().isCollapsed) return;
  try {
    const answer = await fetch(location.href, {cache: 'no-store', signal: AbortSignal.timeout(4000)});
    if (!answer.ok) throw answer.status;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const old of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(old.id);
      if (next && next.innerHTML !== old.innerHTML && !old.contains(document.activeElement)) old.replaceChildren(...next.childNodes);
    }
    said.textContent = '';
  } catch {
    said.textContent = 'The proxy does not answer. What is shown is old.';
  }
}, 5000);

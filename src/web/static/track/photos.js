// What a script adds to the photos of a track: they open over the whole window. Without it they are links.
(() => {
  "use strict";
  const doc = document;
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];

  // Photos open one by one over the whole window: buttons, arrow keys and swipes go on, Escape (the
  // dialog's own) and Close leave, and the focus goes back to the photo that was seen last.
  const viewer = doc.querySelector("dialog.viewer");
  if (viewer && viewer.showModal) {
    const links = all(".photos a[data-large]");
    const part = (name) => viewer.querySelector(name);
    let at = 0;
    const show = (number) => {
      at = (number + links.length) % links.length;
      const link = links[at], caption = link.parentNode.querySelector("figcaption");
      const picture = part("img").cloneNode();
      picture.src = link.dataset.large;
      picture.alt = link.querySelector("img").alt;
      // A new element, for the old one would show the last photo until this one has come.
      part("img").replaceWith(picture);
      part(".caption").textContent = caption ? caption.textContent : "";
      part(".count").textContent = link.dataset.count;
      part(".original").href = link.href;
    };
    links.forEach((link, number) => link.addEventListener("click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      show(number);
      viewer.showModal();
      part(".shut").focus();
    }));
    const steps = links.length > 1 ? { ArrowLeft: -1, ArrowRight: 1 } : {};
    viewer.addEventListener("keydown", (event) => { if (event.key in steps) show(at + steps[event.key]); });
    for (const [name, step] of [[".prev", -1], [".next", 1]])
      if (part(name)) part(name).addEventListener("click", () => show(at + step));
    part(".shut").addEventListener("click", () => viewer.close());
    viewer.addEventListener("close", () => links[at].focus());
    let from = null;
    viewer.addEventListener("touchstart", (event) => { from = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
    viewer.addEventListener("touchend", (event) => {
      if (!from || links.length < 2 || (visualViewport && visualViewport.scale > 1)) return;
      const to = event.changedTouches[0], x = to.clientX - from.clientX, y = to.clientY - from.clientY;
      if (Math.abs(x) > 48 && Math.abs(x) > 2 * Math.abs(y)) show(at + (x < 0 ? 1 : -1));
    });
  }
})();

// What a script may add to every page, each complete without it: nothing here is needed to read or to
// send anything. No page is built; small enough to be read in one go. Beside it, form.js is for the pages
// that send files, track.js for the page of a track, and map/ for maps.
(() => {
  "use strict";
  const doc = document;
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];

  // The menus and the panels close on Escape, and the menus on a press beside them.
  const close = (details) => {
    details.open = false;
    details.querySelector("summary").focus();
  };
  doc.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const inside = event.target.closest && event.target.closest("details.account[open], details.twostep[open], details.layers[open]");
    const open = inside || doc.querySelector("details.account[open]");
    if (open) close(open);
  });
  doc.addEventListener("click", (event) => {
    for (const menu of all("details.account[open], details.layers[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // A button that closes a message; without a script messages stay until the next page.
  for (const message of all(".msg[data-shut]")) {
    const button = doc.createElement("button");
    button.type = "button";
    button.className = "shut";
    button.setAttribute("aria-label", message.dataset.shut);
    const icon = message.querySelector(".icon").cloneNode(true);
    const use = icon.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#close"));
    button.append(icon);
    button.addEventListener("click", () => message.remove());
    message.append(button);
  }

  // A form is sent once: a second press while it is on its way is ignored.
  doc.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    if (form.method !== "post") return;
    form.dataset.sent = "1";
    const button = event.submitter;
    if (!button || !button.dataset.busy) return;
    button.dataset.idle = button.textContent;
    // The text changes after the form's values were taken.
    setTimeout(() => { button.textContent = button.dataset.busy; }, 0);
  });
  // Coming back with the browser's own button, forms can be sent again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
    for (const button of all("button[data-idle]")) button.textContent = button.dataset.idle;
  });

  // A list's order takes effect when it is chosen; the button beside it is not needed then.
  for (const select of all("select[data-go]")) {
    const button = select.form.querySelector("button");
    if (button) button.hidden = true;
    select.addEventListener("change", () => select.form.submit());
  }

  // What was left empty is left out of the address.
  for (const form of all("form[data-spare]")) {
    form.addEventListener("submit", () => {
      const spare = all("input, select", form).filter((field) => !field.value);
      for (const field of spare) field.disabled = true;
      setTimeout(() => { for (const field of spare) field.disabled = false; }, 0);
    });
  }

  // Ticked cards: a bar at the window's foot says how many, and takes them all back.
  for (const form of all("form.zip")) {
    const boxes = all(`input[type=checkbox][form="${form.id}"]`);
    const told = doc.createElement("b"), send = form.querySelector("button");
    told.setAttribute("role", "status");
    const clear = doc.createElement("button");
    clear.type = "button";
    clear.className = "button quiet";
    clear.textContent = form.dataset.untick;
    const count = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      form.classList.toggle("bar", ticked > 0);
      told.textContent = ticked ? form.dataset.ticked.replace("{n}", ticked) : "";
      clear.hidden = !ticked;
      send.disabled = !ticked;
    };
    form.prepend(told, clear);
    for (const box of boxes) box.addEventListener("change", count);
    clear.addEventListener("click", () => {
      for (const box of boxes) box.checked = false;
      count();
      if (boxes[0]) boxes[0].focus();
    });
    addEventListener("pageshow", count);
    count();
  }

  // A star changes where it stands; if that fails, its form is sent as without a script.
  for (const form of all("form[data-star]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      const use = button.querySelector("use");
      fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)) })
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
        .then(({ favourite }) => {
          button.setAttribute("aria-pressed", favourite);
          use.setAttribute("href", use.getAttribute("href").replace(/#.*/, favourite ? "#star-full" : "#star"));
          delete form.dataset.sent;
        })
        .catch(() => form.submit());
    });
  }

  // A link to hand on: the whole of it is marked on focus, and one press copies it.
  for (const field of all("input[readonly][data-copy]")) {
    field.addEventListener("focus", () => field.select());
    if (!navigator.clipboard) continue;
    const button = doc.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = field.dataset.copy;
    const done = doc.createElement("span");
    done.setAttribute("role", "status");
    done.className = "hint";
    button.addEventListener("click", () =>
      navigator.clipboard.writeText(field.value).then(() => { done.textContent = field.dataset.copied; }, () => field.select()));
    const line = doc.createElement("p");
    line.className = "buttons";
    line.append(button, done);
    field.after(line);
  }

  // What is typed as a password can be looked at; it is hidden again before it is sent.
  for (const field of all("input[type=password][data-show]")) {
    const button = doc.createElement("button"), line = doc.createElement("div");
    const show = (shown) => {
      field.type = shown ? "text" : "password";
      button.textContent = shown ? field.dataset.hide : field.dataset.show;
      button.setAttribute("aria-label", shown ? field.dataset.hideName : field.dataset.showName);
    };
    button.type = "button";
    button.className = "button";
    button.setAttribute("aria-controls", field.id);
    button.addEventListener("click", () => show(field.type === "password"));
    field.form.addEventListener("submit", () => show(false));
    line.className = "measured";
    field.replaceWith(line);
    line.append(field, button);
    show(false);
  }

  // Times are shown in the reader's own zone, as long as the attribute says.
  for (const time of all("time.fietsboek-local-datetime")) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    time.textContent = new Intl.DateTimeFormat(doc.documentElement.lang, { dateStyle: time.dataset.local || "long", timeStyle: "short" }).format(at);
  }

  // After a failed form the list of what is wrong has the focus.
  const summary = doc.querySelector(".summary[tabindex]");
  if (summary) summary.focus();
})();

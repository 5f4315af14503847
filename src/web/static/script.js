// What a script may add to pages that are complete without it: nothing here is needed to read or to
// send anything. No page is built; small enough to be read in one go.
(() => {
  "use strict";
  const doc = document;
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];

  // The menu and the panels close on Escape, and the menu on a press beside it.
  const close = (details) => {
    details.open = false;
    details.querySelector("summary").focus();
  };
  doc.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const inside = event.target.closest && event.target.closest("details.account[open], details.twostep[open]");
    const open = inside || doc.querySelector("details.account[open]");
    if (open) close(open);
  });
  doc.addEventListener("click", (event) => {
    for (const menu of all("details.account[open]")) if (!menu.contains(event.target)) menu.open = false;
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
    // The text changes after the form's values were taken.
    setTimeout(() => { button.textContent = button.dataset.busy; }, 0);
  });
  // Coming back with the browser's own button, forms can be sent again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of all("form[data-sent]")) delete form.dataset.sent;
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
    const told = doc.createElement("b");
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
      form.querySelector("button").disabled = !ticked;
    };
    form.prepend(told);
    form.append(clear);
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

  // Files can be dropped on their frame.
  for (const zone of all(".drop")) {
    const input = zone.querySelector("input[type=file]");
    const over = (on) => zone.classList.toggle("over", on);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
    zone.addEventListener("dragleave", () => over(false));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change"));
    });
  }

  // Chosen files are sent at once, each for itself, two at a time, and each is a row that says how far it is.
  for (const form of all("form[data-upload]")) {
    const words = JSON.parse(form.dataset.upload);
    const say = (key, file) => words[key].replace("{file}", file);
    const input = form.querySelector("input[type=file]");
    const make = (tag, kind, text = "") => {
      const element = doc.createElement(tag);
      element.className = kind;
      element.textContent = text;
      return element;
    };
    const link = (text, href, kind = "") => {
      const element = make("a", kind, text);
      element.href = href;
      return element;
    };
    const list = make("ul", "waiting sending");
    const spoken = make("p", "hidden");
    spoken.setAttribute("role", "status");
    form.after(list, spoken);
    form.querySelector(".buttons").hidden = true;
    const megabytes = new Intl.NumberFormat(doc.documentElement.lang, { style: "unit", unit: "megabyte", maximumSignificantDigits: 2 });
    const size = (bytes) => megabytes.format(bytes / 1e6);
    const queue = [];
    let active = 0, single = false;

    // One row: name, state, bar, and at the end what can be done.
    const add = (file) => {
      const row = make("li", ""), what = make("div", "what"), ways = make("div", "buttons");
      const name = make("p", "user"), state = make("p", "meta", words.queued), bar = make("progress", "");
      name.dir = "auto";
      name.append(make("b", "", file.name), " ", make("span", "meta", size(file.size)));
      bar.max = 100;
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      what.append(name, state, bar);
      row.append(what, ways);
      list.append(row);
      const job = { file, state, bar, ways };
      const cancel = make("button", "button quiet", words.cancel);
      cancel.type = "button";
      cancel.setAttribute("aria-label", words.cancel + ": " + file.name);
      cancel.addEventListener("click", () => {
        if (job.request) job.request.abort();
        if (queue.includes(job)) queue.splice(queue.indexOf(job), 1);
        row.remove();
        input.focus();
      });
      ways.append(cancel);
      return job;
    };
    const end = (job, content, ...ways) => {
      job.bar.remove();
      job.state.replaceChildren(...content);
      job.ways.replaceChildren(...ways);
      spoken.textContent = job.file.name + ": " + job.state.textContent;
    };
    const refuse = (job, reason) => {
      job.state.classList.add("error");
      const shut = make("button", "button quiet", words.close);
      shut.type = "button";
      shut.addEventListener("click", () => { job.state.closest("li").remove(); input.focus(); });
      end(job, [reason], shut);
    };
    const read = (job) => {
      let answer = {};
      try { answer = JSON.parse(job.request.responseText); } catch { /* Not from this site. */ }
      const found = answer.files && answer.files[0];
      if (!found || !found.link) return refuse(job, (found && found.reason) || answer.message || say("failed", job.file.name));
      if (single) {
        active = 0;
        return location.assign(found.link);
      }
      if (!found.already) return end(job, [words.ready], link(words.finish, found.link, "button"));
      const [before, after] = words.already.split("{title}");
      end(job, [before, link(found.already.title, found.already.link), after], link(words.anyway, found.link, "button"));
    };
    const progress = (job, part) => {
      const before = job.bar.value;
      job.bar.value = part;
      job.state.textContent = part < 100 ? Math.floor(part) + "\u202f%" : words.reading;
      if (before === 0 || (before < 50 && part >= 50) || part === 100) spoken.textContent = job.file.name + ": " + job.state.textContent;
    };
    const send = () => {
      while (active < 2 && queue.length) {
        const job = queue.shift(), request = new XMLHttpRequest(), body = new FormData();
        active += 1;
        job.request = request;
        body.append("gpx", job.file);
        request.open("POST", form.action);
        request.setRequestHeader("Accept", "application/json");
        request.setRequestHeader("X-CSRF-Token", form.elements.csrf_token.value);
        request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(job, 100 * event.loaded / event.total));
        request.addEventListener("load", () => read(job));
        request.addEventListener("error", () => refuse(job, say("failed", job.file.name)));
        request.addEventListener("loadend", () => { active = Math.max(0, active - 1); send(); });
        request.send(body);
      }
    };
    input.addEventListener("change", () => {
      single = input.files.length === 1 && !active && !queue.length;
      for (const file of input.files) {
        const job = add(file);
        if (file.size > form.dataset.most) refuse(job, say("large", file.name));
        else queue.push(job);
      }
      input.value = "";
      send();
    });
    addEventListener("beforeunload", (event) => { if (active || queue.length) event.preventDefault(); });
  }

  // Photos to be added are shown with a line for their captions as soon as they are chosen. What was typed before
  // an error waits in hidden fields.
  for (const input of all("input[type=file][data-caption]")) {
    const list = doc.createElement("ul");
    list.className = "pictures";
    input.after(list);
    const row = (file, number) => {
      const item = doc.createElement("li"), what = doc.createElement("div"), label = doc.createElement("label");
      const caption = doc.createElement("input"), picture = doc.createElement("canvas");
      what.className = "what";
      caption.name = `image-description[${number}]`;
      caption.id = `new-caption-${number}`;
      caption.dir = "auto";
      label.htmlFor = caption.id;
      label.textContent = input.dataset.caption.replace("{file}", file.name);
      const typed = all("input[type=hidden]", input.form).find((field) => field.name === caption.name);
      if (typed) {
        caption.value = typed.value;
        typed.remove();
      }
      picture.width = picture.height = 192;
      what.append(label, caption);
      item.append(picture, what);
      createImageBitmap(file).then((bitmap) => {
        const side = Math.min(bitmap.width, bitmap.height);
        picture.getContext("2d").drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, 192, 192);
        bitmap.close();
      }, () => {});
      return item;
    };
    input.addEventListener("change", () => list.replaceChildren(...[...input.files].map(row)));
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

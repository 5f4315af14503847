// What a script adds to the pages that send a track: files are sent one by one, tags become chips, long lists
// are filtered, photos are seen before they are sent. Without it the same forms are sent whole.
(() => {
  "use strict";
  const doc = document;
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];

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
    const size = (bytes) => {
      const [unit, number] = bytes < 1e6 ? ["kilobyte", Math.ceil(bytes / 1e3)] : ["megabyte", bytes / 1e6];
      return new Intl.NumberFormat(doc.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(number);
    };
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

  // A long list of boxes can be filtered; what is ticked stays in sight.
  for (const list of all("[data-filter]")) {
    const label = doc.createElement("label"), field = doc.createElement("input");
    field.type = "search";
    field.id = "filter-names";
    label.htmlFor = field.id;
    label.className = "hint";
    label.textContent = list.dataset.filter;
    list.before(label, field);
    const plain = (text) => text.trim().toLocaleLowerCase();
    field.addEventListener("input", () => {
      for (const box of all("label", list))
        box.hidden = !box.querySelector(":checked") && !plain(box.textContent).includes(plain(field.value));
    });
    // It is no part of the form, which Enter would send.
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }

  // Tags are chips beside one line to type in: Enter, a comma or a choice from the list adds one, a press takes
  // one off. What still stands in the line is sent with them.
  for (const box of all("[data-tags]")) {
    const words = JSON.parse(box.dataset.tags), chip = box.querySelector("template").content;
    const [field, ...spare] = all("input[type=text]", box), list = doc.createElement("ul");
    const add = (text) => {
      const tag = text.trim();
      if (!tag || all("input[type=hidden]", list).some((other) => other.value === tag)) return;
      const item = chip.cloneNode(true).firstElementChild, button = item.querySelector("button");
      item.querySelector("span").textContent = tag;
      Object.assign(item.querySelector("input"), { name: field.name, value: tag });
      button.setAttribute("aria-label", words.remove.replace("{tag}", tag));
      button.addEventListener("click", () => { item.remove(); field.focus(); });
      list.append(item);
    };
    const take = () => {
      field.value.split(",").forEach(add);
      field.value = "";
    };
    list.className = "chips";
    for (const label of all("label", box)) {
      if (label.control.checked) add(label.control.value);
      label.remove();
    }
    for (const other of [field, ...spare]) add(other.value);
    for (const other of spare) other.remove();
    field.value = "";
    field.setAttribute("aria-label", words.add);
    field.parentNode.classList.remove("three");
    field.parentNode.before(list);
    box.querySelector(".hint").textContent = words.hint;
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      take();
    });
    field.addEventListener("input", (event) => {
      const isChosen = !event.inputType || event.inputType === "insertReplacementText";
      const isKnown = () => [...field.list.options].some((option) => option.value === field.value);
      if (field.value.includes(",") || (isChosen && isKnown())) take();
    });
  }

  // A press shows what is written in Markdown as it will be read; the server renders it as it does on the page.
  for (const box of all("[data-preview]")) {
    const field = box.querySelector("textarea"), button = doc.createElement("button"), shown = doc.createElement("div");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = box.dataset.say;
    shown.className = "prose";
    shown.dir = "auto";
    shown.setAttribute("role", "status");
    button.addEventListener("click", () => {
      const body = new URLSearchParams({ text: field.value, csrf_token: field.form.elements.csrf_token.value });
      fetch(box.dataset.preview, { method: "POST", body })
        .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
        .then((html) => { shown.innerHTML = html; }, () => { shown.textContent = box.dataset.failed; });
    });
    box.append(button, shown);
  }
})();

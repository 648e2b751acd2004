"use strict";
// Tables sort by the column whose heading is pressed: numbers from the top, names from A.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const names = new Intl.Collator(undefined, {numeric: true});
  for (const button of table.tHead.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const head = button.parentElement;
      const column = head.cellIndex;
      const value = (row) => row.cells[column].dataset.value;
      const turned = head.getAttribute("aria-sort") === (column ? "descending" : "ascending");
      const sign = turned === (column > 0) ? 1 : -1;
      const rows = [...body.rows].sort((a, b) => sign * names.compare(value(a), value(b)));
      for (const other of table.tHead.querySelectorAll("[aria-sort]")) {
        other.removeAttribute("aria-sort");
      }
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      body.append(...rows);
    });
  }
}
// A label's panel is made when it is first opened: its numbers stand in the page, in hundredths.
const numbers = (text) => (text ?? "").split(" ").filter((one) => one).map(Number);
const share = (hundredths) => (hundredths / 100).toFixed(2);
const signed = (hundredths) => (hundredths < 0 ? "−" : "+") + share(Math.abs(hundredths));
const reasons = (text) => (text ? text.split(";") : []).map((one) => {
  const [, place, weight, term] = one.match(/^(\d+) (\d+) (.*)$/);
  return {place: Number(place), said: `${term} ${share(Number(weight))}`};
});
const said = (found, place) =>
  found.filter((one) => one.place === place).map((one) => one.said).join(" · ");
function fillShares(table, values, given) {
  const rows = [...table.rows];
  values.forEach((value, place) => {
    rows[place].cells[1].textContent = share(value);
    for (const rect of rows[place].querySelectorAll("rect")) rect.setAttribute("width", `${value}%`);
    if (given?.includes(place)) {
      rows[place].classList.add("chosen");
      rows[place].cells[0].append(" ✓");
    }
  });
  if (given) {
    const order = rows.map((row, place) => ({row, value: values[place]}));
    order.sort((a, b) => b.value - a.value);
    rows[0].parentElement.append(...order.map((one) => one.row));
  }
}
function fillReasons(moved, sums, data) {
  const terms = reasons(data.terms);
  [...moved.rows].forEach((row, place) => {
    row.cells[1].textContent = said(terms, place);
    row.classList.toggle("chosen", place === Number(data.label));
    if (!row.cells[1].textContent) row.remove();
  });
  const found = data.sums.split(";").map(numbers);
  // What no label has anything of is left out, as a model without an encoder has none of it.
  const isShown = [0, 1, 2, 3, 4].map((at) => at !== 2 && at !== 3 || found.some((row) => row[at]));
  [...sums.tBodies[0].rows].forEach((row, place) => {
    row.classList.toggle("chosen", place === Number(data.label));
    found[place].forEach((value, at) => { row.cells[at + 1].textContent = signed(value); });
  });
  for (const row of sums.rows) {
    isShown.forEach((shown, at) => { row.cells[at + 1].hidden = !shown; });
  }
}
function fillMeanings(list, data) {
  const given = numbers(data.given);
  const terms = reasons(data.frameTerms);
  for (const item of list.querySelectorAll("[data-stance], [data-frame]")) {
    const {stance, frame} = item.dataset;
    const meaning = item.querySelector("dd");
    const by = frame && said(terms, Number(frame));
    if (by) {
      const line = document.createElement("p");
      line.className = "quiet";
      line.textContent = `by ${by}`;
      meaning.append(line);
    }
    const isWanted = stance ? stance === data.label : given.includes(Number(frame));
    if (!isWanted || !meaning.textContent) item.remove();
  }
}
// What is judged by itself: its terms for and against, and what they add up to.
function appendWhy(item, [label, sums, terms], stances) {
  const found = reasons(terms);
  const line = (mark, place) => {
    const one = said(found, place);
    if (!one) return;
    const row = document.createElement("p");
    row.append(`${mark} `, stances.rows[place].querySelector(".stance").cloneNode(true), ` ${one}`);
    item.append(row);
  };
  const own = Number(label);
  line("+", own);
  [...stances.rows].forEach((_, place) => { if (place !== own) line("−", place); });
  const [constant, words, encoder, mixing, score] = numbers(sums.split(";")[own]);
  const parts = [["no words", constant], ["words", words], ["encoder", encoder], ["mixing", mixing]];
  const shown = parts.filter(([, value], at) => at < 2 || value);
  const sum = document.createElement("p");
  sum.className = "quiet";
  sum.textContent = `score ${signed(score)} = ${shown.map(([name, value]) => `${name} ${signed(value)}`).join(", ")}`;
  item.append(sum);
}
function fillOwn(item, data, stances) {
  if (data.own === undefined) return item.remove();
  const cell = item.querySelector("dd");
  cell.textContent = `${data.own} % of the words`;
  if (data.ownStance) {
    const [place, value] = numbers(data.ownStance);
    const stance = stances.rows[place].querySelector(".stance").cloneNode(true);
    cell.append(", ", stance, ` ${share(value)}`);
  }
  if (data.ownWhy) appendWhy(cell, data.ownWhy.split("|"), stances);
}
function fillHeard(item, details, stances) {
  if (!details.dataset.voices) return item.remove();
  const chips = details.parentElement.querySelectorAll(".chip");
  for (const [number, ...why] of JSON.parse(details.dataset.voices)) {
    const head = document.createElement("p");
    head.className = "speaker";
    for (const part of chips[number - 1].childNodes) head.append(part.cloneNode(true));
    item.querySelector("dd").append(head);
    appendWhy(item.querySelector("dd"), why, stances);
  }
}
function fillLean(line, data, stances) {
  const values = numbers(data.stance);
  const likeliest = values.indexOf(Math.max(...values));
  const label = Number(data.label);
  if (values[label] === values[likeliest]) return line.remove();
  const name = (place) => stances.rows[place].querySelector(".stance bdi").textContent;
  line.querySelector(".label").textContent = name(label);
  line.querySelector(".likelier").textContent = name(likeliest);
}
function fillNearest(item, data, stances) {
  if (data.nearest === undefined) return item.remove();
  for (const [id, place, distance] of JSON.parse(data.nearest)) {
    const line = document.createElement("p");
    const name = document.createElement("bdi");
    name.textContent = id;
    const stance = stances.rows[place].querySelector(".stance").cloneNode(true);
    line.append(name, " ", stance, ` at ${share(distance)}`);
    item.querySelector("dd").append(line);
  }
}
function makePanel(details) {
  const panel = document.getElementById("panel").content.firstElementChild.cloneNode(true);
  const data = details.dataset;
  const stances = panel.querySelector(".stances");
  const frames = panel.querySelector(".frames");
  fillShares(stances, numbers(data.stance));
  if (data.frames) fillShares(frames, numbers(data.frames), numbers(data.given));
  else frames?.remove();
  fillMeanings(panel.querySelector("dl"), data);
  fillOwn(panel.querySelector(".own"), data, stances);
  fillHeard(panel.querySelector(".heard"), details, stances);
  fillLean(panel.querySelector(".lean"), data, stances);
  fillNearest(panel.querySelector(".nearest"), data, stances);
  const [moved, sums] = [panel.querySelector(".moved"), panel.querySelector(".sums")];
  panel.classList.toggle("explained", data.sums !== undefined);
  if (data.sums) fillReasons(moved, sums, data);
  else [moved, sums].forEach((table) => table.remove());
  details.append(panel);
}
for (const details of document.querySelectorAll(".passage > details")) {
  details.addEventListener("toggle", () => makePanel(details), {once: true});
}
// Escape closes what is open.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details[open]")) open.open = false;
  }
});

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
// Escape closes what is open.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details[open]")) open.open = false;
  }
});

// Values of a chart under the pointer: of every line the point that is nearest along the axis.
for (const chart of document.querySelectorAll("figure.chart")) {
  const picture = chart.querySelector("svg:not(.swatch)"), output = chart.querySelector("output");
  const lines = [...picture.querySelectorAll("g.points")].map((line) => [...line.children]);
  const place = (point) => Number(point.getAttribute("cx"));
  const clear = () => {
    for (const point of picture.querySelectorAll(".near")) point.classList.remove("near");
    output.textContent = "";
  };
  const show = (event) => {
    clear();
    const box = picture.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * picture.viewBox.baseVal.width;
    const near = lines.map((line) => line.reduce(
      (best, point) => Math.abs(place(point) - at) < Math.abs(place(best) - at) ? point : best));
    for (const point of near) point.classList.add("near");
    output.textContent = near.map((point) => point.textContent).join("; ");
  };
  picture.addEventListener("pointermove", show);
  picture.addEventListener("pointerdown", show);
  picture.addEventListener("pointerleave", clear);
}

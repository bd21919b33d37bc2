(() => {
  const list = document.getElementById("cards"), tools = document.getElementById("tools");
  const search = document.getElementById("search"), sort = document.getElementById("sort");
  const kind = document.getElementById("window"), count = document.getElementById("count");
  const none = document.getElementById("none");
  if (!list) return;
  const cards = [...list.children];
  const plain = text => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const words = new Map(cards.map(card => [card, plain(card.dataset.words)]));
  // Numbers of a week and of a day are never compared.
  const windows = (one, other) => other.dataset.window.localeCompare(one.dataset.window);
  const orders = {
    reach: (one, other) => windows(one, other) || other.dataset.reach - one.dataset.reach,
    change: (one, other) => windows(one, other) || other.dataset.change - one.dataset.change,
    title: (one, other) => one.dataset.title.localeCompare(other.dataset.title, document.documentElement.lang),
  };
  const order = () => list.append(...[...cards].sort(orders[sort.value]));
  const filter = () => {
    const wanted = plain(search.value).split(/\s+/);
    let found = 0;
    for (const card of cards) {
      const fits = (!kind.value || card.dataset.window === kind.value) &&
        wanted.every(word => words.get(card).includes(word));
      card.hidden = !fits;
      found += fits;
    }
    count.textContent = count.dataset.words.replace("{found}", found).replace("{all}", cards.length);
    none.hidden = found > 0;
  };
  const field = text => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const whole = text => text.replace(/\D/g, "");
  const fields = cell => {
    const [number, ends] = cell.childNodes;
    return ends ? [number.textContent, ...ends.textContent.split("–")] : ["", "", ""];
  };
  const lines = table => [...table.rows].map(({cells: [first, ...others], dataset}) => dataset.key === undefined
    ? ["key", first.textContent, ...others.flatMap(cell => ["", "_low", "_high"].map(end => fields(cell)[0] + end))]
    : [dataset.key, first.textContent, ...others.flatMap(fields).map(whole)]);
  const save = button => {
    const figure = button.closest("figure"), card = button.closest(".card");
    const title = plain(figure.querySelector("h3, h4").textContent).replace(/\W+/g, "-");
    const text = lines(figure.querySelector("table")).map(line => line.map(field).join(",") + "\r\n").join("");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], {type: "text/csv"}));
    link.download = `${card ? card.id : "all_visitors"}-${title}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const open = () => {
    const card = document.getElementById(location.hash.slice(1));
    if (card && card.classList.contains("card")) card.querySelector("details").open = true;
  };
  search.addEventListener("input", filter);
  kind.addEventListener("change", filter);
  sort.addEventListener("change", order);
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => cards.forEach(card => card.querySelector("details").open = true));
  for (const button of document.querySelectorAll(".csv")) {
    button.addEventListener("click", () => save(button));
    button.hidden = false;
  }
  tools.hidden = false;
  filter();
  open();
})();

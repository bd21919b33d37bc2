(() => {
  const list = document.getElementById("cards"), tools = document.getElementById("tools");
  const search = document.getElementById("search"), sort = document.getElementById("sort");
  const kind = document.getElementById("window"), count = document.getElementById("count");
  const none = document.getElementById("none");
  if (!list) return;
  const cards = [...list.children];
  const plain = text => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const words = new Map(cards.map(card => [card, plain(card.dataset.words)]));
  const orders = {
    reach: (one, other) => other.dataset.reach - one.dataset.reach,
    change: (one, other) => other.dataset.change - one.dataset.change,
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
  const open = () => {
    const card = document.getElementById(location.hash.slice(1));
    if (card && card.classList.contains("card")) card.querySelector("details").open = true;
  };
  search.addEventListener("input", filter);
  kind.addEventListener("change", filter);
  sort.addEventListener("change", order);
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => cards.forEach(card => card.querySelector("details").open = true));
  tools.hidden = false;
  filter();
  open();
})();

(() => {
  const links = new Map([...document.querySelectorAll("nav a")].map(link => [link.hash.slice(1), link]));
  const headings = [...links.keys()].map(id => document.getElementById(id)).filter(Boolean);
  const contents = document.querySelector("nav details");
  const narrow = window.matchMedia("(max-width: 60rem)");
  if (!headings.length) return;

  const fold = () => { contents.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();

  let current;
  const follow = () => {
    const line = window.innerHeight / 4;
    const read = headings.filter(heading => heading.getBoundingClientRect().top <= line).pop() || headings[0];
    if (read === current) return;
    if (current) links.get(current.id).removeAttribute("aria-current");
    current = read;
    const link = links.get(read.id);
    link.setAttribute("aria-current", "location");
    if (!narrow.matches) {
      const nav = document.querySelector("nav");
      const { offsetTop } = link;
      if (offsetTop < nav.scrollTop + 60 || offsetTop > nav.scrollTop + nav.clientHeight - 60) {
        nav.scrollTop = offsetTop - nav.clientHeight / 2;
      }
    }
  };
  let waiting = false;
  window.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, { passive: true });
  follow();

  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".hole details:not([open])")];
    folded.forEach(one => { one.open = true; });
  });
  window.addEventListener("afterprint", () => folded.forEach(one => { one.open = false; }));
})();

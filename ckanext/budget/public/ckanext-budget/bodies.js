// Names of public bodies while one is typed. Without this script the field is plain text.
(() => {
  const input = document.querySelector("[data-budget-bodies]");
  if (!input) return;
  const list = document.getElementById(input.getAttribute("list"));
  let timer = 0;
  let asked = "";

  async function suggest() {
    const text = input.value.trim();
    if (text.length < 2 || text === asked) return;
    asked = text;
    const address = `${input.dataset.budgetBodies}?q=${encodeURIComponent(text)}`;
    const answer = await fetch(address).catch(() => null);
    if (!answer || !answer.ok || asked !== text) return;
    const bodies = await answer.json();
    list.replaceChildren(
      ...bodies.map((body) => {
        const option = document.createElement("option");
        option.value = body.name;
        option.label = `${body.name} (${body.budgets})`;
        return option;
      }),
    );
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, 150);
  });
})();

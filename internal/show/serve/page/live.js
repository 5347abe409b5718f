// Puts what the server sends of a running result in its place.
(() => {
  "use strict";
  const main = document.querySelector("main"), state = document.getElementById("state");
  const events = new EventSource(main.dataset.events);
  const say = text => { if (state.textContent !== text) state.textContent = text; };
  events.addEventListener("open", () => say("watching"));
  // Every text in it was escaped, and the page's policy lets nothing in it run.
  events.addEventListener("view", e => { main.innerHTML = e.data; });
  events.addEventListener("end", () => { events.close(); say("ended"); });
  events.addEventListener("error", () => say("The connection was lost; trying again."));
})();

"use strict";
// A screen on a wall shows what is new within a minute, and survives a restart of the exporter: it leaves the page only for one that is
// there, and says so while there is none. Elsewhere a tab that was out of sight for five minutes is read again when it comes back.
(function () {
  var opened = Date.now(), wall = document.documentElement.classList.contains("kiosk");
  function old(why) {
    var minutes = Math.max(1, Math.round((Date.now() - opened) / 60000)), note = document.getElementById("stale");
    note.textContent = "Old data: " + why + ". This is as of " + document.querySelector(".when time").textContent +
      ", read " + minutes + (minutes == 1 ? " minute" : " minutes") + " ago.";
    note.hidden = false;
  }
  function renew() {
    fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(30000) }).then(function (r) {
      if (r.ok) location.reload();
      else old("the exporter answers with error " + r.status);
    }, function () { old("the exporter does not answer"); });
  }
  if (wall) setInterval(renew, 60000);
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && Date.now() - opened > 300000) renew();
  });
})();

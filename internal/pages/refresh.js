"use strict";
// A screen on a wall shows what is new within a minute, and survives a restart of the exporter: it leaves the page only for one that is
// there. Elsewhere a tab that was out of sight for five minutes is read anew when it comes back.
(function () {
  var opened = Date.now(), wall = document.documentElement.classList.contains("kiosk");
  function renew() {
    fetch(location.href, { cache: "no-cache" }).then(function (r) { if (r.ok) location.reload(); }, function () {});
  }
  if (wall) setInterval(renew, 60000);
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && Date.now() - opened > 300000) renew();
  });
})();

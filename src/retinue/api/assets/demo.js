document.getElementById("cancel").addEventListener("click", () => {
  document.getElementById("done").textContent = "The subscription is cancelled.";
});
document.addEventListener("retinue:accepted", () => {
  document.getElementById("done").textContent = "The offer is taken.";
});

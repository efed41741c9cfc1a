/* Shows an OpenAPI document without "Try it out": changes are made on the console's pages, which check and log them. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("[data-swagger]");
  const theme = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "");
  document.documentElement.classList.toggle("dark-mode", theme === "dark");
  SwaggerUIBundle({
    domNode: place, url: place.dataset.swagger, supportedSubmitMethods: [], docExpansion: "list", validatorUrl: null,
    defaultModelsExpandDepth: 0,
  });
});

// Security keys: the browser's answer goes into the form's hidden field, and the form is sent.
"use strict";

(() => {
  const button = document.querySelector("[data-passkey]");
  const said = document.querySelector("[data-passkey-said]");
  const field = document.querySelector("[data-passkey-answer]");
  const request = JSON.parse(document.getElementById("passkey-request").textContent);

  async function answer() {
    button.disabled = true;
    said.textContent = "Touch your key, or follow what your browser says.";
    try {
      const lib = window.webauthnJSON;
      const found = request.do === "create" ? await lib.create(request.options) : await lib.get(request.options);
      field.value = JSON.stringify(found);
      field.form.submit();
    } catch (error) {
      said.textContent = `It did not work: ${error.message}`;
      button.disabled = false;
    }
  }

  button.addEventListener("click", answer);
})();

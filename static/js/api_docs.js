// Draws the API documentation. SwaggerUIBundle comes from the sidecar's classic script.
const place = document.getElementById("swagger-ui");

// What a screen reader stumbles over in Swagger UI: links inside of buttons, headings that skip a
// level, parts that belong to no landmark.
function accessible({ React }) {
  const { createElement, Fragment } = React;
  const landmark = (label) => (Original) => (props) =>
    createElement("section", { "aria-label": label }, createElement(Original, props));
  const headed = (text) => (Original) => (props) =>
    createElement(Fragment, null, createElement("h2", { className: "wrapper" }, text), createElement(Original, props));
  return {
    wrapComponents: {
      DeepLink: () => ({ text }) => createElement("span", null, text),
      InfoContainer: landmark(place.dataset.about),
      authorizeBtn: landmark(place.dataset.authorization),
      operations: headed(place.dataset.operations),
    },
  };
}

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  plugins: [accessible],
  requestInterceptor: (request) => {
    request.headers["X-CSRFToken"] = place.dataset.csrf;
    return request;
  },
});

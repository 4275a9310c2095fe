// Starts Swagger UI over this server's own description. Nothing is asked of any other host.
window.SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  // It would send the description to a service of theirs.
  validatorUrl: null,
});

import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './style/docs.css';

SwaggerUI({
  url: '/api/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  // It would send the document to a host that checks it.
  validatorUrl: null,
  // To be tried out from here: reading. What starts or cancels runs is asked on the page, once.
  supportedSubmitMethods: ['get'],
});

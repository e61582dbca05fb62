/** The package has no types of its own; this is what `docs.ts` uses. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  export default function SwaggerUI(options: {
    readonly url: string;
    readonly dom_id: string;
    readonly deepLinking: boolean;
    readonly validatorUrl: null;
    readonly supportedSubmitMethods: readonly string[];
  }): void;
}

/** The service, typed by its description: `schema.d.ts` is written by `npm run api`, never by hand. */

import createClient, { type Client, type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type Api = Client<paths>;

/** The service refused, or nobody could tell why: what it says, in its own words. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly fix: string | undefined;
  /** Seconds after which to try again; undefined where that would not help. */
  readonly after: number | undefined;

  constructor(response: Response, problem: Partial<Problem>) {
    super(problem.detail ?? `The service answered ${response.status}.`);
    this.name = "Refused";
    this.status = response.status;
    this.code = problem.code ?? "";
    this.fix = problem.fix ?? undefined;
    const after = Number(response.headers.get("retry-after") ?? Number.NaN);
    this.after = Number.isFinite(after) ? after : undefined;
  }
}

export interface Connection {
  /** Of the service, without `/api/v1`; empty for the origin of the page. */
  url?: string;
  /** The access token at the time of each call; undefined where nobody is signed in. */
  token?: () => string | undefined;
  fetch?: typeof globalThis.fetch;
}

/** A client of the service. Acts get an idempotency key where the caller gives none. */
export function connect({ url = "", token, fetch }: Connection = {}): Api {
  const made = createClient<paths>({
    baseUrl: url,
    querySerializer: { array: { style: "form", explode: true } },
    ...(fetch === undefined ? {} : { fetch: (request: Request) => fetch(request) }),
  });
  const sending: Middleware = {
    onRequest({ request }) {
      const shown = token?.();
      if (shown !== undefined) request.headers.set("Authorization", `Bearer ${shown}`);
      if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
        request.headers.set("Idempotency-Key", crypto.randomUUID());
      }
      return request;
    },
  };
  made.use(sending);
  return made;
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What a call answers; throws `Refused` where it is refused. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined) {
    throw new Refused(response, typeof error === "object" && error !== null ? error : {});
  }
  return data;
}

/** Every page of a listing, asked for as it is looped over. */
export async function* pages<T extends { next: string | null }>(
  listing: (cursor: string | undefined) => Promise<Answer<T>>,
): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await answered(listing(cursor));
    yield page;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

/** The service as the app asks it: who is signed in is proven by cookies, acts carry the guard of the session. */

import {
  type InfiniteData,
  type UseQueryOptions,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { answered, connect, Refused } from "@/api/client";
import type { paths } from "@/api/schema";

let guard: string | undefined;

/** Sent with each act from now on (see the session). */
export function guardWith(csrf: string | null | undefined): void {
  guard = csrf ?? undefined;
}

let renewing: Promise<boolean> | undefined;

/** Ask for new proof, once at a time; whether it was given. */
export function renewed(): Promise<boolean> {
  renewing ??= globalThis
    .fetch("/api/v1/session/renew", { method: "POST", headers: guarded(new Headers()) })
    .then((answer) => answer.ok)
    .catch(() => false)
    .finally(() => {
      renewing = undefined;
    });
  return renewing;
}

function guarded(headers: Headers): Headers {
  if (guard !== undefined) headers.set("X-CSRF-Token", guard);
  return headers;
}

const PAUSE = 60_000;
let touched = Date.now();
for (const sign of ["pointerdown", "keydown", "wheel", "touchstart"]) {
  globalThis.addEventListener?.(
    sign,
    () => {
      touched = Date.now();
    },
    { capture: true, passive: true },
  );
}

async function send(request: Request): Promise<Response> {
  // What the page asks by itself, while nobody touches it, does not put off the end of an idle session.
  if (request.method === "GET" && Date.now() - touched > PAUSE) request.headers.set("X-Background", "1");
  if (request.method !== "GET" && request.method !== "HEAD") guarded(request.headers);
  const again = request.clone();
  const answer = await reached(request);
  if (answer.status !== 401 || request.url.includes("/api/v1/session")) return answer;
  // The access token is over; the session may not be.
  if (!(await renewed())) {
    globalThis.dispatchEvent(new Event("retinue:signed-out"));
    return answer;
  }
  return reached(again);
}

/** What the service answers. Where nobody does, that is told as that and not in the browser's words. */
async function reached(request: Request): Promise<Response> {
  try {
    return await globalThis.fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Refused(new Response(null, { status: 503 }), {
      detail: "The service cannot be reached.",
      fix: "Check your connection, and that retinue serve is running.",
    });
  }
}

export const service = connect({
  url: globalThis.location?.origin ?? "",
  fetch: (request) => send(request as Request),
});

type Got<P extends keyof paths> = paths[P] extends { get: infer G } ? G : never;
type Said<G> = G extends { responses: { 200: { content: { "application/json": infer B } } } } ? B : never;
type Asked<G> = G extends { parameters: { query?: infer Q; path?: infer V } }
  ? { query?: Exclude<Q, undefined>; path?: V }
  : never;
type Paths = {
  [P in keyof paths]: paths[P] extends { get: { responses: unknown } } ? P : never;
}[keyof paths];

/** What GET of a path answers. */
export type Answer<P extends Paths> = Said<Got<P>>;
/** Query and path parameters of GET of a path. */
export type Question<P extends Paths> = Asked<Got<P>>;

/** Ask once, outside a component. Throws `Refused`. */
export function ask<P extends Paths>(
  path: P,
  question?: Question<P>,
  signal?: AbortSignal,
): Promise<Answer<P>> {
  // The types of a call by a path that is itself a variable are beyond what openapi-fetch can tell.
  const call = service.GET as unknown as (
    path: string,
    init: unknown,
  ) => Promise<{ data?: Answer<P>; error?: unknown; response: Response }>;
  return answered(call(path, { params: question ?? {}, ...(signal === undefined ? {} : { signal }) }));
}

type Options<T> = Omit<UseQueryOptions<T, Refused>, "queryKey" | "queryFn">;

/** Ask for something a view shows; typed by the path. */
export function useAsk<P extends Paths>(
  path: P,
  question?: Question<P>,
  options?: Options<Answer<P>>,
): UseQueryResult<Answer<P>, Refused> {
  return useQuery<Answer<P>, Refused>({
    queryKey: [path, question ?? {}],
    queryFn: ({ signal }) => ask(path, question, signal),
    ...options,
  });
}

/** Do something; afterwards what was asked of `touches` (beginnings of paths) is asked again. */
export function useAct<Given, Done>(act: (given: Given) => Promise<Done>, touches: readonly string[]) {
  const queries = useQueryClient();
  return useMutation<Done, Refused, Given>({
    mutationFn: act,
    onSettled: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey: [path] }) => touches.some((begin) => String(path).startsWith(begin)),
      }),
  });
}

type Listings = {
  [P in Paths]: Said<Got<P>> extends { next: string | null } ? P : never;
}[Paths];

/** Ask for a listing page by page; `fetchNextPage` asks for the page after. */
export function usePages<P extends Listings>(
  path: P,
  question?: Question<P>,
  options?: { enabled?: boolean; staleTime?: number },
) {
  return useInfiniteQuery<
    Answer<P>,
    Refused,
    InfiniteData<Answer<P>>,
    readonly unknown[],
    string | undefined
  >({
    queryKey: pagesKey(path, question),
    queryFn: ({ pageParam, signal }) => {
      const query = {
        ...(question as { query?: object } | undefined)?.query,
        ...(pageParam === undefined ? {} : { cursor: pageParam }),
      };
      return ask(path, { ...question, query } as Question<P>, signal);
    },
    initialPageParam: undefined,
    getNextPageParam: (page) => (page as { next: string | null }).next ?? undefined,
    ...options,
  });
}

/** The key of a listing's pages, for whoever changes what is held of them. */
export function pagesKey<P extends Listings>(path: P, question?: Question<P>): readonly unknown[] {
  return [path, question ?? {}, "pages"];
}

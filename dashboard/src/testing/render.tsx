/** Draws a part of the app as it is in use, in front of a service that answers what a test says. */

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { vi } from "vitest";
import { theme } from "@/ui/theme";

/** Path (without query) to what is answered: a body, or a function of the request. */
export type Answers = Record<string, unknown | ((request: Request) => unknown | Promise<unknown>)>;

export interface Sent {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  headers: Headers;
}

/** Let fetch answer from a table; what was sent is kept. Other paths are answered with 404. */
export function serving(answers: Answers): Sent[] {
  const sent: Sent[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(typeof input === "string" ? new URL(input, "http://localhost") : input, init);
    const url = new URL(request.url);
    const text = request.method === "GET" ? "" : await request.clone().text();
    sent.push({
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      body: text ? JSON.parse(text) : undefined,
      headers: request.headers,
    });
    const key =
      `${request.method} ${url.pathname}` in answers ? `${request.method} ${url.pathname}` : url.pathname;
    if (!(key in answers)) {
      return Response.json(
        { title: "Not found", detail: `Nothing at ${url.pathname}.`, status: 404, code: "RTN-0404" },
        { status: 404 },
      );
    }
    const given = answers[key];
    const body = typeof given === "function" ? await given(request) : given;
    return body instanceof Response ? body : Response.json(body);
  });
  return sent;
}

/** Draw with all that stands around it. at: the address. */
export function draw(what: ReactNode, at = "/") {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={queries}>
        <MemoryRouter initialEntries={[at]}>{what}</MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

/** A session that may all that is named. */
export function sessionWith(...permissions: string[]) {
  return {
    signed_in: true,
    subject: "usr_1",
    name: "Ada",
    roles: ["approver"],
    permissions,
    kind: "user",
    csrf: "guard",
    idle_at: null,
    ends_at: null,
    ways: [],
    sample_data: false,
    project: "shop",
    currency: "EUR",
    version: "0.1.0",
    as_role: null,
  };
}

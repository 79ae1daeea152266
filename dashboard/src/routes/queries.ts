import { QueryClient } from "@tanstack/react-query";
import { Refused } from "@/api/client";

/** What was asked stays for half a minute. Only what may be better the next time is asked again. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (times, error) =>
        times < 2 && !(error instanceof Refused && error.status < 500 && error.status !== 429),
      retryDelay: (times, error) =>
        error instanceof Refused && error.after !== undefined ? error.after * 1000 : 500 * 2 ** times,
      refetchOnWindowFocus: false,
    },
  },
});

import { answered } from "@/api/client";
import { service } from "@/lib/service";

/** What a request came to, as it is handed to the customer. */
export function resultOf(requestId: string): Promise<Blob> {
  return answered(
    service.GET("/api/v1/privacy/requests/{request_id}/result", {
      params: { path: { request_id: requestId } },
      parseAs: "blob",
    }),
  ) as Promise<Blob>;
}

/** The same where it is read here and not handed out. */
export function textOf(requestId: string): Promise<string> {
  return answered(
    service.GET("/api/v1/privacy/requests/{request_id}/result", {
      params: { path: { request_id: requestId } },
      parseAs: "text",
    }),
  ) as Promise<string>;
}

/** The letter about a decision, or about the newest one on a customer. */
export function letterOf(subject: string, format: "html" | "pdf"): Promise<Blob> {
  return answered(
    service.GET("/api/v1/privacy/letters/{decision_id}", {
      params: { path: { decision_id: subject }, query: { format } },
      parseAs: "blob",
    }),
  ) as Promise<Blob>;
}

/** Hand a file to the browser. */
export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

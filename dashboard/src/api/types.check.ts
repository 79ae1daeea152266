/** Checked by `tsc`, never run: what is right has its types, and what is wrong is found before it is sent. */

import { answered, connect, pages, type Schemas } from "./client";

const api = connect({ url: "https://retinue.example.com", token: () => "token" });

export async function right(): Promise<Schemas["Risk"]> {
  for await (const page of pages((cursor) =>
    api.GET("/api/v1/customers", {
      params: { query: { risk_level: ["HIGH"], sort: "clv", ...(cursor === undefined ? {} : { cursor }) } },
    }),
  )) {
    page.customers.map((customer) => customer.churn_probability.toFixed(2));
  }
  await answered(api.POST("/api/v1/stop", { body: { reason: "wrong prices" } }));
  return answered(
    api.GET("/api/v1/customers/{customer_id}/risk", { params: { path: { customer_id: "C1" } } }),
  );
}

export async function wrong(): Promise<void> {
  // @ts-expect-error there is no such path
  await api.GET("/api/v1/customer");
  // @ts-expect-error the customer is not named
  await api.GET("/api/v1/customers/{customer_id}/risk", {});
  // @ts-expect-error there is no such level
  await api.GET("/api/v1/customers", { params: { query: { risk_level: ["HUGE"] } } });
  const risk = await right();
  // @ts-expect-error there is no such field
  risk.risk_assessment.probability;
}

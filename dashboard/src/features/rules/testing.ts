/** Rules as small as they can be, for the tests of this folder. */

import type { Document } from "./document";

export const DOCUMENT: Document = {
  contentType: "application/vnd.gorules.decision",
  nodes: [
    { id: "input", type: "inputNode", name: "Customer" },
    {
      id: "routing",
      type: "decisionTableNode",
      name: "Routing",
      content: {
        hitPolicy: "first",
        inputs: [{ id: "clv", field: "clv", name: "Customer value" }],
        outputs: [
          { id: "route", field: "route", name: "Route" },
          { id: "rule", field: "rule", name: "Rule" },
        ],
        rules: [
          {
            _id: "a",
            _description: "A person decides.",
            clv: "> 5000",
            route: '"manual_review"',
            rule: '"high_value"',
          },
          { _id: "b", _description: "", clv: "", route: '"auto_execute"', rule: '"low_value"' },
        ],
      },
    },
    { id: "output", type: "outputNode", name: "Decision" },
  ],
  edges: [],
};

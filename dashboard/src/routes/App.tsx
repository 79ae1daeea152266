import { type ComponentType, lazy } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { NoSuchPage } from "@/ui/states";
import { Home } from "./Home";
import { Shell } from "./Shell";

/** A view is a chunk of its own, asked for when one goes there. */
function view(load: () => Promise<{ Component: ComponentType }>) {
  const View = lazy(() => load().then((found) => ({ default: found.Component })));
  return <View />;
}

const VIEWS = {
  customers: view(() => import("@/features/customers/Customers")),
  "customers/:customerId": view(() => import("@/features/customer/Customer")),
  campaigns: view(() => import("@/features/campaigns/Campaigns")),
  "campaigns/:campaignId": view(() => import("@/features/campaigns/Campaign")),
  pipeline: view(() => import("@/features/pipeline/Pipeline")),
  revenue: view(() => import("@/features/revenue/Revenue")),
  effectiveness: view(() => import("@/features/effectiveness/Effectiveness")),
  experiments: view(() => import("@/features/experiments/Experiments")),
  segments: view(() => import("@/features/segments/Segments")),
  model: view(() => import("@/features/model/Model")),
  rules: view(() => import("@/features/rules/Rules")),
  sources: view(() => import("@/features/sources/Sources")),
  audit: view(() => import("@/features/audit/Audit")),
  privacy: view(() => import("@/features/privacy/Privacy")),
  settings: view(() => import("@/features/settings/Settings")),
};

/** The addresses of the app. */
export function App() {
  return (
    <BrowserRouter>
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<Home />} />
          {Object.entries(VIEWS).map(([path, element]) => (
            <Route key={path} path={path} element={element} />
          ))}
          <Route path="*" element={<NoSuchPage />} />
        </Route>
      </Routes>
    </BrowserRouter>
  );
}

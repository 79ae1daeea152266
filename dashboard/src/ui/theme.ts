import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const iris: MantineColorsTuple = [
  "#eef1ff",
  "#dce2fb",
  "#b7c2f3",
  "#90a1ec",
  "#6f85e6",
  "#5a73e2",
  "#4a64dc",
  "#3d55d6",
  "#3246b4",
  "#263795",
];

/** Greys of the dark scheme with the blue of its grounds in them. */
const dark: MantineColorsTuple = [
  "#dfe2e7",
  "#b9bec7",
  "#969da8",
  "#7d8591",
  "#3a404b",
  "#2f3540",
  "#232730",
  "#181b21",
  "#14161b",
  "#101217",
];

export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 7, dark: 6 },
  colors: { iris, dark },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'DejaVu Sans Mono', Menlo, monospace",
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.05rem" }, h3: { fontSize: "0.95rem" } },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 200, multiline: true, maw: 320 } },
    Alert: { styles: { title: { color: "var(--mantine-color-text)" } } },
    Modal: {
      defaultProps: { centered: true, radius: "lg", closeButtonProps: { "aria-label": "Close" } },
      styles: { title: { fontWeight: 650 } },
    },
    // A <header> in a dialog would be a second banner of the page.
    ModalHeader: { defaultProps: { component: "div" } },
    DrawerHeader: { defaultProps: { component: "div" } },
    Drawer: {
      defaultProps: { closeButtonProps: { "aria-label": "Close" } },
      styles: { title: { fontWeight: 650 } },
    },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Badge: { defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 550 } },
    Button: { defaultProps: { size: "sm" } },
  },
});

/** Dimmed text keeps 4.5 : 1 on both grounds; the page lies a shade behind its panels. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-dimmed": "#545c66",
    "--mantine-color-placeholder": "#656d78",
    "--mantine-color-error": "#c92a2a",
    "--retinue-page": "#f6f7f9",
    "--retinue-line": "#e3e6ea",
    "--retinue-hover": "#f3f5f8",
    "--retinue-good": "#1f7a3f",
    "--retinue-bad": "#ad241d",
    "--retinue-warn": "#925400",
    "--retinue-link": "#3246b4",
    "--retinue-focus": "#3d55d6",
  },
  dark: {
    "--mantine-color-body": "#181b21",
    "--mantine-color-text": "#dfe2e7",
    "--mantine-color-dimmed": "#a6abb4",
    "--mantine-color-placeholder": "#969da8",
    "--mantine-color-error": "#ff8f8f",
    "--retinue-page": "#101217",
    "--retinue-line": "#2c313a",
    "--retinue-hover": "#21252d",
    "--retinue-good": "#62c983",
    "--retinue-bad": "#ff8a84",
    "--retinue-warn": "#f0b35a",
    "--retinue-link": "#9fb0ff",
    "--retinue-focus": "#9fb0ff",
  },
});

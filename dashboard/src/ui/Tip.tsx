/** A file of its own, so that it is a chunk of its own. */
export { Tooltip as default } from "@mantine/core";
